"""Queries on the audit trail."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from app.db.tables import AuditEntryRow
from app.domain.audit import AuditFilter

__all__ = ["count_entries", "list_entries"]


def list_entries(
    session: Session, *, before: int | None, limit: int, sought: AuditFilter
) -> Sequence[AuditEntryRow]:
    """Entries that fit, newest first, with internal ids below `before`."""
    query = select(AuditEntryRow).where(*_conditions(sought))
    if before is not None:
        query = query.where(col(AuditEntryRow.id) < before)
    return session.exec(query.order_by(col(AuditEntryRow.id).desc()).limit(limit)).all()


def _conditions(sought: AuditFilter) -> Iterator[ColumnElement[bool]]:
    row = AuditEntryRow
    if sought.actor is not None:
        name = func.lower(col(row.actor_name))
        yield name.contains(sought.actor.lower(), autoescape=True)
    if sought.action is not None:
        yield col(row.action).startswith(sought.action, autoescape=True)
    if sought.subject is not None:
        yield col(row.subject) == sought.subject
    if sought.subject_id is not None:
        yield col(row.subject_id) == sought.subject_id
    if sought.since is not None:
        yield col(row.at) >= sought.since
    if sought.until is not None:
        yield col(row.at) < sought.until


def count_entries(session: Session, subject_ids: Iterable[str]) -> dict[str, int]:
    """How many entries there are on each of these subjects."""
    found = session.exec(
        select(AuditEntryRow.subject_id, func.count())
        .where(col(AuditEntryRow.subject_id).in_(list(subject_ids)))
        .group_by(col(AuditEntryRow.subject_id))
    ).all()
    return dict(found)
