"""Manifest of an export: a file of SQLite with the names that were written, and with what."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.export.errors import ExportError

__all__ = ["Manifest", "ManifestEntry"]

# A journal that is a file too: folders can be on a network file system, where WAL fails.
_SETUP = """
PRAGMA journal_mode = TRUNCATE;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS page (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    tags TEXT NOT NULL,
    state TEXT,
    round INTEGER NOT NULL
) WITHOUT ROWID;
"""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What a name had when it was written last: digest of the page, tags of its files, state.

    All are empty for a name that has not been written yet.
    """

    digest: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str | None = None


@dataclass(frozen=True, slots=True)
class _FormerManifest:
    """The manifest of earlier releases, a JSON document."""

    fyr: int
    names: dict[str, tuple[str, dict[str, str]]]
    states: dict[str, str] = field(default_factory=dict)


_FORMER_MANIFEST = TypeAdapter(_FormerManifest)


class Manifest:
    """The names of an export by round; it takes no memory for them. One thread at a time uses it.

    Each change is committed at once, so that a killed export is continued. Every method raises
    ExportError when the file is damaged or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors():
            # Closed by another thread than the one that opened it, when a command is stopped.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.executescript(_SETUP)
            (last,) = self._connection.execute("SELECT max(round) FROM page").fetchone()
        self._round = last or 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read_document(self, document: bytes) -> None:
        """Take over the manifest of an earlier release."""
        try:
            read = _FORMER_MANIFEST.validate_json(document)
        except ValidationError as error:
            raise ExportError(self._damaged()) from error
        entries = {
            name: ManifestEntry(digest, tags, read.states.get(name))
            for name, (digest, tags) in read.names.items()
        }
        self.store(entries)

    def begin_round(self) -> None:
        """Begin a round, in which no name is kept yet."""
        self._round += 1

    def add(self, names: Iterable[str]) -> int:
        """Add those of these names that are new, without content; returns their number."""
        rows = ((name, "", "{}", None, 0) for name in names)
        with self._transaction():
            before = self._connection.total_changes
            self._connection.executemany("INSERT OR IGNORE INTO page VALUES (?, ?, ?, ?, ?)", rows)
            return self._connection.total_changes - before

    def entry(self, name: str) -> ManifestEntry:
        """What the name had when it was written last."""
        with self._errors():
            found = self._connection.execute(
                "SELECT digest, tags, state FROM page WHERE name = ?", (name,)
            ).fetchone()
        return ManifestEntry(found[0], json.loads(found[1]), found[2]) if found else ManifestEntry()

    def store(self, entries: Mapping[str, ManifestEntry], kept: Iterable[str] = ()) -> None:
        """Store what names have now. In this round these are kept, and `kept` as they are."""
        rows = [
            (name, each.digest, json.dumps(each.tags), each.state, self._round)
            for name, each in entries.items()
        ]
        same = [(self._round, name) for name in kept]
        with self._transaction():
            self._connection.executemany("REPLACE INTO page VALUES (?, ?, ?, ?, ?)", rows)
            self._connection.executemany("UPDATE page SET round = ? WHERE name = ?", same)

    def are_kept(self, names: Iterable[str]) -> bool:
        """Whether all these names are kept in this round."""
        query = "SELECT 1 FROM page WHERE name = ? AND round = ?"
        with self._errors():
            return all(
                self._connection.execute(query, (name, self._round)).fetchone() for name in names
            )

    def others(self) -> Iterator[Sequence[str]]:
        """The names that are not kept in this round, in batches, each of which may be removed."""
        last = ""
        while True:
            with self._errors():
                rows = self._connection.execute(
                    "SELECT name FROM page WHERE round <> ? AND name > ? ORDER BY name LIMIT ?",
                    (self._round, last, _BATCH),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [name for (name,) in rows]

    def remove(self, names: Iterable[str]) -> None:
        """Remove these names."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM page WHERE name = ?", [(name,) for name in names]
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ExportError(f"{self._path} cannot be used: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise ExportError(self._damaged()) from error

    def _damaged(self) -> str:
        return (
            f"The list of what was exported before is damaged ({self._path.name}). Export to an "
            "empty folder or prefix."
        )
