"""Queries on the daily usage of inbound events."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Executable, Table, delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.db.tables import HookUsageRow

__all__ = ["add_usage", "bytes_by_source", "delete_usage", "lock_usage"]

_INSERTS: dict[str, Callable[..., Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


_TABLE: Table = getattr(HookUsageRow, "__table__")  # noqa: B009  # mypy does not know it


def lock_usage(session: Session) -> None:
    """Wait until no other transaction changes the usage; lock it until this one ends.

    SQLite needs no lock: it has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended("hook-usage", 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def bytes_by_source(session: Session, day: date) -> Mapping[int, int]:
    """Bytes that were stored on a day, by the internal id of the source."""
    query = select(_TABLE.c.source_id, _TABLE.c.bytes).where(_TABLE.c.stored_on == day)
    return {row.source_id: row.bytes for row in session.connection().execute(query)}


def add_usage(session: Session, day: date, added: Mapping[int, tuple[int, int]]) -> None:
    """Count events of a day: their number and total size in bytes, by the id of the source."""
    values = [
        {"source_id": source, "stored_on": day, "bytes": size, "events": events}
        for source, (events, size) in sorted(added.items())
    ]
    session.connection().execute(_upsert(session.get_bind().dialect.name), values)


@cache
def _upsert(dialect: str) -> Executable:
    # Made once: that takes as long as everything else that storing an event does.
    new = _INSERTS[dialect](_TABLE)
    statement: Executable = new.on_conflict_do_update(
        index_elements=[_TABLE.c.source_id, _TABLE.c.stored_on],
        set_={
            "bytes": _TABLE.c.bytes + new.excluded.bytes,
            "events": _TABLE.c.events + new.excluded.events,
        },
    )
    return statement


def delete_usage(session: Session, before: date) -> None:
    """Delete the usage of the days before `before`."""
    session.execute(delete(HookUsageRow).where(col(HookUsageRow.stored_on) < before))
