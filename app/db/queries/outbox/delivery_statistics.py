"""Queries for the metrics of notifications: subscribers, deliveries, the queue, and its lanes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.db.queries.outbox.claims import in_state, is_open
from app.db.tables import DeliveryRow, LaneRow, NoticeRow, SubscriberRow
from app.domain.notifications.states import DeliveryState

__all__ = [
    "count_ended_of_open",
    "count_queue",
    "count_subscribers",
    "oldest_due",
    "oldest_open_notice",
    "paused_lanes",
]


def count_subscribers(session: Session) -> Sequence[tuple[str, str, int]]:
    """The numbers of subscribers, rooms included, by channel and state."""
    groups = (col(SubscriberRow.channel), col(SubscriberRow.state))
    return session.exec(select(*groups, func.count()).group_by(*groups).order_by(*groups)).all()


def count_ended_of_open(session: Session) -> Mapping[tuple[str, str], int]:
    """The numbers of deliveries that have ended, by channel and state, of the notices of which
    others have not.
    """
    groups = (col(DeliveryRow.channel), col(DeliveryRow.state))
    query = (
        select(*groups, func.count())
        .join(NoticeRow, col(NoticeRow.id) == col(DeliveryRow.notice_id))
        .where(col(NoticeRow.done_at).is_(None), ~is_open(DeliveryRow))
        .group_by(*groups)
    )
    return {(kind, state): number for kind, state, number in session.exec(query)}


def count_queue(session: Session) -> Sequence[tuple[str, int, int]]:
    """The numbers of waiting deliveries by channel and priority."""
    groups = (col(DeliveryRow.channel), col(DeliveryRow.priority))
    query = select(*groups, func.count()).where(in_state(DeliveryRow, DeliveryState.WAITING))
    return session.exec(query.group_by(*groups).order_by(*groups)).all()


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the waiting delivery became due that has been due for longest."""
    query = select(func.min(DeliveryRow.due_at)).where(
        in_state(DeliveryRow, DeliveryState.WAITING), col(DeliveryRow.due_at) <= now
    )
    return session.exec(query).one()


def oldest_open_notice(session: Session) -> datetime | None:
    """When the oldest notice was made whose deliveries are not all created."""
    query = select(func.min(NoticeRow.made_at)).where(col(NoticeRow.fanned_out_at).is_(None))
    return session.exec(query).one()


def paused_lanes(session: Session, now: datetime) -> Sequence[str]:
    """The names of the lanes that are paused."""
    query = select(LaneRow.name).where(col(LaneRow.paused_until) > now).order_by(col(LaneRow.name))
    return session.exec(query).all()
