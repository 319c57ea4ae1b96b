"""Queries on the audit log."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from app.db.tables import AuditEntryRow
from app.domain.audit import AuditFilter

__all__ = ["count_entries", "has_changed_since", "list_entries"]


def list_entries(
    session: Session, *, before: int | None, limit: int, filters: AuditFilter
) -> Sequence[AuditEntryRow]:
    """The entries that match the filters, newest first, with internal ids below `before`."""
    query = select(AuditEntryRow).where(*_conditions(filters))
    if before is not None:
        query = query.where(col(AuditEntryRow.id) < before)
    return session.exec(query.order_by(col(AuditEntryRow.id).desc()).limit(limit)).all()


def _conditions(filters: AuditFilter) -> Iterator[ColumnElement[bool]]:
    row = AuditEntryRow
    if filters.actor is not None:
        name = func.lower(col(row.actor_name))
        yield name.contains(filters.actor.lower(), autoescape=True)
    if filters.action is not None:
        yield col(row.action).startswith(filters.action, autoescape=True)
    if filters.subject is not None:
        yield col(row.subject) == filters.subject
    if filters.subject_id is not None:
        yield col(row.subject_id) == filters.subject_id
    if filters.since is not None:
        yield col(row.at) >= filters.since
    if filters.until is not None:
        yield col(row.at) < filters.until


def has_changed_since(
    session: Session, subject_id: str, actor_names: Iterable[str], since: datetime
) -> bool:
    """Whether one of these actors has an entry about the subject at `since` or later."""
    row = AuditEntryRow
    found = session.exec(
        select(row.id)
        .where(row.subject_id == subject_id, row.at >= since)
        .where(col(row.actor_name).in_(list(actor_names)))
        .limit(1)
    ).first()
    return found is not None


def count_entries(session: Session, subject_ids: Iterable[str]) -> dict[str, int]:
    """The number of entries about each of these subjects."""
    found = session.exec(
        select(AuditEntryRow.subject_id, func.count())
        .where(col(AuditEntryRow.subject_id).in_(list(subject_ids)))
        .group_by(col(AuditEntryRow.subject_id))
    ).all()
    return dict(found)
