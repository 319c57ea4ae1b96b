"""Schema version: whether a database has the newest migration. Does not import Alembic."""

import re
from functools import cache

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from app import folder

__all__ = ["UnknownSchemaError", "is_current", "is_known", "newest", "revision"]

_REVISION = re.compile(r"^(down_revision|revision)\b[^=]*= *(?:[\"'](\w+)[\"']|None)", re.MULTILINE)


class UnknownSchemaError(Exception):
    """The database has a migration that this release does not know."""


@cache
def _revisions() -> dict[str, str | None]:
    """The migration before each migration of this release, by revision."""
    found: dict[str, str | None] = {}
    for file in sorted((folder("migrations") / "versions").glob("*.py")):
        fields = dict(_REVISION.findall(file.read_text(encoding="utf-8")))
        found[fields["revision"]] = fields["down_revision"] or None
    return found


def newest() -> str:
    """The revision of the newest migration."""
    known = _revisions()
    (head,) = set(known) - set(known.values())
    return head


def is_known(revision: str) -> bool:
    """Whether this release has the migration."""
    return revision in _revisions()


def revision(session: Session) -> str | None:
    """The newest migration that the database has; None when it has none."""
    return _version(session.connection())


def is_current(engine: Engine) -> bool:
    """Whether the database has the newest migration. Raises UnknownSchemaError."""
    with engine.connect() as connection:
        version = _version(connection)
    if version is not None and version not in _revisions():
        raise UnknownSchemaError(version)
    return bool(version == newest())


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
