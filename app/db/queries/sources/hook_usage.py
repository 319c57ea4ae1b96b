"""Queries on the daily usage of inbound events."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Table, delete
from sqlmodel import Session, col, select

from app.db.tables import HookUsageRow

__all__ = ["bytes_by_source", "delete_usage"]

_TABLE: Table = getattr(HookUsageRow, "__table__")  # noqa: B009  # mypy does not know it


def bytes_by_source(session: Session, day: date) -> Mapping[int, int]:
    """Bytes that were stored on a day, by the internal id of the source."""
    query = select(_TABLE.c.source_id, _TABLE.c.bytes).where(_TABLE.c.stored_on == day)
    return {row.source_id: row.bytes for row in session.connection().execute(query)}


def delete_usage(session: Session, before: date) -> None:
    """Delete the usage of the days before `before`."""
    session.execute(delete(HookUsageRow).where(col(HookUsageRow.stored_on) < before))
