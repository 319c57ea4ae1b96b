"""Queries on the audit trail."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.db.tables import AuditEntryRow

__all__ = ["count_entries", "list_entries"]


def list_entries(
    session: Session, *, before: int | None, limit: int, subject_id: str | None = None
) -> Sequence[AuditEntryRow]:
    """Entries, newest first, with internal ids below `before`."""
    query = select(AuditEntryRow)
    if before is not None:
        query = query.where(col(AuditEntryRow.id) < before)
    if subject_id is not None:
        query = query.where(AuditEntryRow.subject_id == subject_id)
    return session.exec(query.order_by(col(AuditEntryRow.id).desc()).limit(limit)).all()


def count_entries(session: Session, subject_ids: Iterable[str]) -> dict[str, int]:
    """How many entries there are on each of these subjects."""
    found = session.exec(
        select(AuditEntryRow.subject_id, func.count())
        .where(col(AuditEntryRow.subject_id).in_(list(subject_ids)))
        .group_by(col(AuditEntryRow.subject_id))
    ).all()
    return dict(found)
