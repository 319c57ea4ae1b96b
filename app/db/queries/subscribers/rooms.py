"""Queries on rooms, the subscribers that staff create."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.db.tables import SubscriberRow

__all__ = ["list_rooms"]


def list_rooms(session: Session) -> Sequence[SubscriberRow]:
    """All rooms, by name."""
    return session.exec(
        select(SubscriberRow)
        .where(col(SubscriberRow.is_room))
        .order_by(col(SubscriberRow.name), col(SubscriberRow.id))
    ).all()
