"""Schema version: whether this release can use a database. Imports neither Alembic nor SQLAlchemy.

A migration states in `compatible_from` the oldest migration whose release can use the schema after
it. What follows from all of them is stored in the database beside its version: an older release,
which does not have the migration, reads there whether it can start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app import folder as app_folder

if TYPE_CHECKING:  # a start reads the version before SQLAlchemy is imported
    from sqlalchemy import Connection, Engine
    from sqlmodel import Session

__all__ = [
    "UnknownSchemaError",
    "compatible_from",
    "is_current",
    "is_known",
    "is_later",
    "is_usable",
    "newest",
    "revision",
    "revision_of",
]

_FIELD = re.compile(
    r"^(compatible_from|down_revision|revision)\b[^=]*= *(?:[\"'](\w+)[\"']|None)", re.MULTILINE
)


class UnknownSchemaError(Exception):
    """The database has a migration that this release does not know."""


@dataclass(frozen=True, slots=True)
class _Migration:
    """The fields of one migration file."""

    former: str | None
    compatible_from: str | None


@cache
def _revisions(folder: Path | None = None) -> Mapping[str, _Migration]:
    """The migrations in a folder, by revision; without it, those of this release."""
    found = {}
    for file in sorted(((folder or app_folder("migrations")) / "versions").glob("*.py")):
        fields = dict(_FIELD.findall(file.read_text(encoding="utf-8")))
        found[fields["revision"]] = _Migration(
            fields["down_revision"] or None, fields.get("compatible_from") or None
        )
    return found


def newest() -> str:
    """The revision of the newest migration."""
    known = _revisions()
    (head,) = set(known) - {each.former for each in known.values()}
    return head


def is_known(revision: str) -> bool:
    """Whether this release has the migration."""
    return revision in _revisions()


def compatible_from(revision: str, folder: Path) -> str:
    """The oldest revision whose release can use a database with this one.

    `folder` has the migrations. One that states nothing can be used by its own release alone.
    """
    known = _revisions(folder)
    path = [revision]
    while (former := known[path[-1]].former) is not None:
        path.append(former)
    # How many migrations each one can do without; the path begins with the newest.
    needed = (path.index(known[each].compatible_from or each) for each in path)
    return path[min(needed)]


def revision(session: "Session") -> str | None:
    """The newest migration that the database has; None when it has none."""
    return _version(session.connection())[0]


def revision_of(engine: "Engine") -> str | None:
    """The newest migration that the database has; None when it has none."""
    with engine.connect() as connection:
        return _version(connection)[0]


def is_later(revision: str | None, other: str) -> bool:
    """Whether this release applies the migration `revision` after `other`."""
    known = _revisions()
    while revision is not None and revision != other:
        revision = known[revision].former
        if revision == other:
            return True
    return False


def is_current(engine: "Engine") -> bool:
    """Whether the database has the newest migration, or a newer one that this release can use.

    Raises UnknownSchemaError when it has one that this release can neither use nor replace.
    """
    with engine.connect() as connection:
        return is_usable(*_version(connection))


def is_usable(version: str | None, usable_from: str | None) -> bool:
    """Whether `version` is the newest migration, or a newer one that this release can use.

    `usable_from` is the oldest migration whose release can use a database with `version`. Raises
    UnknownSchemaError when this release can neither use nor replace it.
    """
    if version is None or is_known(version):
        return version == newest()
    if usable_from is None or not is_known(usable_from):
        raise UnknownSchemaError(version)
    return True


def _version(connection: "Connection") -> tuple[str | None, str | None]:
    """The revision of the database, and the oldest one whose release can use it."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None, None
    row = connection.exec_driver_sql("SELECT * FROM alembic_version").mappings().first()
    return (None, None) if row is None else (row["version_num"], row.get("compatible_from"))
