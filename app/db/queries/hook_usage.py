"""Queries on the daily usage of inbound events."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.db.tables import HookUsageRow

__all__ = ["add_usage", "bytes_by_source", "delete_usage", "lock_usage"]

_INSERTS: dict[str, Callable[..., Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def lock_usage(session: Session) -> None:
    """Wait until no other transaction changes the usage; lock it until this one ends.

    SQLite needs no lock: it has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended("hook-usage", 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def bytes_by_source(session: Session, day: date) -> Mapping[int, int]:
    """Bytes that were stored on a day, by the internal id of the source."""
    return dict(
        session.exec(
            select(HookUsageRow.source_id, HookUsageRow.bytes).where(HookUsageRow.stored_on == day)
        ).all()
    )


def add_usage(session: Session, source_id: int, day: date, *, size: int, events: int) -> None:
    """Count events of a source with the total size `size` in bytes."""
    values = {"source_id": source_id, "stored_on": day, "bytes": size, "events": events}
    statement = _INSERTS[session.get_bind().dialect.name](HookUsageRow).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[col(HookUsageRow.source_id), col(HookUsageRow.stored_on)],
            set_={
                "bytes": col(HookUsageRow.bytes) + size,
                "events": col(HookUsageRow.events) + events,
            },
        )
    )


def delete_usage(session: Session, before: date) -> None:
    """Delete the usage of the days before `before`."""
    session.execute(delete(HookUsageRow).where(col(HookUsageRow.stored_on) < before))
