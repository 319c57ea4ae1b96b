"""The condition for who is notified of a notice. Fan-out, previews and counts all use it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlmodel import Session, col, func, select

from app.db.tables import DeliveryRow, SubscriberRow, SubscriptionRow
from app.domain.notifications.events import (
    IncidentLevel,
    MaintenanceLevel,
    NoticeEvent,
    is_wanted,
)
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.domain.statuses import Impact

__all__ = ["AudienceFilter", "count_notified", "is_notified", "next_notified"]

_NOT_NOTIFIED = (DeliveryState.WITHDRAWN.value, DeliveryState.DEAD.value)
_SERVICE = "service"


@dataclass(frozen=True, slots=True)
class AudienceFilter:
    """What decides who is notified. `kinds` are the channels that can send at present.

    `subject_id` is the row of the incident or maintenance, None of one that is not stored yet.
    """

    event: NoticeEvent
    thread: str
    subject_kind: str
    subject_id: int | None
    services: Collection[int]
    impact: Impact
    made_at: datetime
    kinds: Collection[str]


def is_notified(about: AudienceFilter) -> ColumnElement[bool]:
    """The condition under which a subscriber is notified.

    It is active, was confirmed before the notice, and wants the event at its level. It follows the
    subject or one of its services, and the impact is large enough; or it was notified of the
    subject before, whatever the impact is by now.
    """
    return and_(
        col(SubscriberRow.state) == SubscriberState.ACTIVE.value,
        col(SubscriberRow.channel).in_(sorted(about.kinds)),
        col(SubscriberRow.confirmed_at) <= about.made_at,
        _level(about.event),
        or_(and_(_impact(about), _follows(about)), _was_notified(about.thread)),
    )


def next_notified(
    session: Session, about: AudienceFilter, *, after: int, limit: int
) -> Sequence[int]:
    """The row ids of the next subscribers who are notified, after a row id, in order."""
    number = col(SubscriberRow.id)
    query = select(number).where(number > after, is_notified(about)).order_by(number).limit(limit)
    return [each for each in session.exec(query).all() if each is not None]


def count_notified(session: Session, about: AudienceFilter) -> Sequence[tuple[str, str, int]]:
    """The number of subscribers who are notified, by channel and language."""
    channel, language = col(SubscriberRow.channel), col(SubscriberRow.language)
    query = (
        select(channel, language, func.count())
        .where(is_notified(about))
        .group_by(channel, language)
        .order_by(channel, language)
    )
    return session.exec(query).all()


def _level(event: NoticeEvent) -> ColumnElement[bool]:
    if event.startswith("incident."):
        none = MaintenanceLevel.NONE
        return col(SubscriberRow.incidents).in_(
            [each.value for each in IncidentLevel if is_wanted(event, each, none)]
        )
    return col(SubscriberRow.maintenances).in_(
        [each.value for each in MaintenanceLevel if is_wanted(event, IncidentLevel.NONE, each)]
    )


def _impact(about: AudienceFilter) -> ColumnElement[bool]:
    impacts = list(Impact)
    if not about.event.startswith("incident."):
        return true()  # a maintenance has no impact
    reached = impacts[: impacts.index(about.impact) + 1]
    return col(SubscriberRow.minimum).in_([each.value for each in reached])


def _follows(about: AudienceFilter) -> ColumnElement[bool]:
    kind, target = col(SubscriptionRow.kind), col(SubscriptionRow.target_id)
    until = col(SubscriptionRow.until)
    this_one = and_(
        kind == about.subject_kind,
        target == about.subject_id,
        or_(until.is_(None), until >= about.made_at),
    )
    a_service = and_(kind == _SERVICE, target.in_(sorted(about.services)))
    followed = or_(this_one, a_service)
    return or_(
        col(SubscriberRow.whole_page),
        exists().where(col(SubscriptionRow.subscriber_id) == col(SubscriberRow.id), followed),
    )


def _was_notified(thread: str) -> ColumnElement[bool]:
    return exists().where(
        col(DeliveryRow.subscriber_id) == col(SubscriberRow.id),
        col(DeliveryRow.thread) == thread,
        col(DeliveryRow.state).not_in(_NOT_NOTIFIED),
    )
