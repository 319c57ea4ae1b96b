"""Whether a database is at the newest migration, without what it takes to bring it there."""

import re
from functools import cache

from sqlalchemy import Engine, inspect, text

from app import folder

__all__ = ["UnknownSchemaError", "is_current", "newest"]

_REVISION = re.compile(r"^(down_revision|revision)\b[^=]*= *(?:[\"'](\w+)[\"']|None)", re.MULTILINE)


class UnknownSchemaError(Exception):
    """The database has been migrated further than we know."""


@cache
def _revisions() -> dict[str, str | None]:
    """Every migration we have and the one before it."""
    found: dict[str, str | None] = {}
    for file in sorted((folder("migrations") / "versions").glob("*.py")):
        said = dict(_REVISION.findall(file.read_text(encoding="utf-8")))
        found[said["revision"]] = said["down_revision"] or None
    return found


def newest() -> str:
    """The migration that no other follows."""
    known = _revisions()
    (head,) = set(known) - set(known.values())
    return head


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest migration. Raises UnknownSchemaError when beyond."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if at is not None and at not in _revisions():
        raise UnknownSchemaError(at)
    return bool(at == newest())
