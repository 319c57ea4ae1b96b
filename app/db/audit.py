"""Queries on the audit trail."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.db.tables import AuditEntryRow

__all__ = ["list_entries"]


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
