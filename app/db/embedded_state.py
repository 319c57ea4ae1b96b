"""Embedded state: what state of the page an SQLite database has, asked of the driver alone.

A start answers from its snapshot before SQLAlchemy and the tables are imported: that takes half a
second of processor time, and this question a millisecond.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event

from app.db import schema
from app.domain.errors import UnavailableError
from app.domain.page.pages import PageState, ShownEverywhere

__all__ = ["EmbeddedState"]

_POLL_SECONDS = 0.05
_PAGE = """
    SELECT page.public_id, revision.number, revision.changed_at, page.languages,
        page.default_language, page.time_zone
    FROM page, revision
"""


class EmbeddedState:
    """The state of the page in this file, on a connection of its own.

    Nothing is created. Each method raises UnavailableError when the database cannot be read.
    """

    def __init__(self, file: Path) -> None:
        with _translated_errors():
            self._connection = sqlite3.connect(
                f"{file.resolve().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                # Opened in the thread that starts the process, and watched in another.
                check_same_thread=False,
            )
        self._connection.row_factory = sqlite3.Row

    def read(self, base_url: str) -> PageState | None:
        """The present state; None when the schema has to be migrated first, or is unknown."""
        with _translated_errors():
            self._connection.execute("BEGIN")
            try:
                return self._read(base_url) if self._is_current() else None
            finally:
                self._connection.execute("ROLLBACK")

    def watch(self, on_revision: Callable[[int], None], stop: Event) -> None:
        """Call `on_revision` with the revision twenty times a second, until `stop`."""
        with _translated_errors():
            while not stop.is_set():
                (number,) = self._connection.execute("SELECT number FROM revision").fetchone()
                on_revision(number)
                stop.wait(_POLL_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _is_current(self) -> bool:
        tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        if self._connection.execute(tables).fetchone() is None:
            return False
        row = self._connection.execute("SELECT * FROM alembic_version").fetchone()
        if row is None:
            return False
        # Databases of older releases do not have the second column.
        usable_from = row["compatible_from"] if "compatible_from" in row.keys() else None  # noqa: SIM118  # of a Row, `in` looks at values
        try:
            return schema.is_usable(row["version_num"], usable_from)
        except schema.UnknownSchemaError:
            return False

    def _read(self, base_url: str) -> PageState:
        row = self._connection.execute(_PAGE).fetchone()
        return PageState(
            row["public_id"],
            row["number"],
            datetime.fromisoformat(f"{row['changed_at']}+00:00"),
            ShownEverywhere(
                tuple(json.loads(row["languages"])),
                row["default_language"],
                row["time_zone"],
                base_url,
            ),
        )


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise UnavailableError("The database cannot be read.") from error
