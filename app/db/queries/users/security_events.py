"""Queries on security events of users."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.db.tables import SecurityEventRow

__all__ = ["delete_before", "list_events", "mark_seen"]


def list_events(
    session: Session, user_id: int, *, limit: int, only_unseen: bool = False
) -> Sequence[SecurityEventRow]:
    """The latest events of a user, newest first."""
    query = select(SecurityEventRow).where(SecurityEventRow.user_id == user_id)
    if only_unseen:
        query = query.where(col(SecurityEventRow.seen_at).is_(None))
    newest_first = (col(SecurityEventRow.at).desc(), col(SecurityEventRow.id).desc())
    return session.exec(query.order_by(*newest_first).limit(limit)).all()


def mark_seen(session: Session, user_id: int, until: datetime, now: datetime) -> None:
    """Mark the unseen events of a user up to `until` as seen."""
    session.execute(
        update(SecurityEventRow)
        .where(col(SecurityEventRow.user_id) == user_id)
        .where(col(SecurityEventRow.seen_at).is_(None))
        .where(col(SecurityEventRow.at) <= until)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def delete_before(session: Session, before: datetime) -> None:
    """Delete the events before `before`."""
    session.execute(delete(SecurityEventRow).where(col(SecurityEventRow.at) < before))
