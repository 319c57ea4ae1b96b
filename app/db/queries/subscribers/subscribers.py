"""Queries on subscribers and on what they follow."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    case,
    delete,
    func,
    not_,
    or_,
    true,
    update,
)
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.queries.visibility import visible
from app.db.tables import (
    DeliveryRow,
    IncidentRow,
    MaintenanceRow,
    NoticeRow,
    ServiceRow,
    SubscriberRow,
    SubscriptionRow,
    SuppressionRow,
)
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.domain.texts.phrases import Text

__all__ = [
    "SubscriberFilter",
    "confirmed_between",
    "count_by_group",
    "count_by_language",
    "delete_ended_subscriptions",
    "ended_between",
    "find_by_key",
    "find_subscriber",
    "following_nothing",
    "has_active",
    "known_keys",
    "latest_deliveries",
    "list_subscribers",
    "lock_subscriber",
    "names_followed",
    "next_subscribers",
    "pending_before",
    "replace_subscriptions",
    "stopped_before",
    "subscriber_by_number",
    "targets_followed",
    "withdraw_deliveries",
]


@dataclass(frozen=True, slots=True)
class SubscriberFilter:
    """Conditions of subscribers; None matches all. `service` is an internal id."""

    channel: str | None = None
    state: str | None = None
    language: str | None = None
    service: int | None = None


def find_subscriber(session: Session, public_id: str) -> SubscriberRow | None:
    """The subscriber with this public id."""
    return session.exec(select(SubscriberRow).where(SubscriberRow.public_id == public_id)).first()


def lock_subscriber(session: Session, public_id: str) -> SubscriberRow | None:
    """The subscriber with this public id as it is now, locked until the transaction ends."""
    return session.exec(
        select(SubscriberRow)
        .where(SubscriberRow.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def confirmed_between(session: Session, bounds: Sequence[datetime]) -> Sequence[int]:
    """How many subscribers besides rooms were confirmed between each bound and the next one."""
    return _counted(session, col(SubscriberRow.confirmed_at), bounds, ~col(SubscriberRow.is_room))


def ended_between(session: Session, bounds: Sequence[datetime]) -> Sequence[int]:
    """How many addresses were suppressed, as by unsubscribing, between each bound and the next."""
    return _counted(session, col(SuppressionRow.suppressed_at), bounds, true())


def _counted(
    session: Session,
    at: Any,  # noqa: ANN401  # a column of times
    bounds: Sequence[datetime],
    condition: ColumnElement[bool],
) -> Sequence[int]:
    days = [func.count(case((and_(at >= start, at < end), 1))) for start, end in pairwise(bounds)]
    query = select_columns(*days).where(at >= bounds[0], condition)
    return tuple(session.execute(query).one())


def subscriber_by_number(session: Session, number: int) -> SubscriberRow | None:
    """The subscriber with this row id."""
    return session.get(SubscriberRow, number)


def find_by_key(
    session: Session, channel: str, address_key: str, *, lock: bool = True
) -> SubscriberRow | None:
    """The subscriber of a channel with this address; locked, unless it is only read."""
    query = select(SubscriberRow).where(
        SubscriberRow.channel == channel, SubscriberRow.address_key == address_key
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def known_keys(session: Session, channel: str, keys: Iterable[str]) -> frozenset[str]:
    """Those among these address keys that subscribers of the channel have."""
    found = session.exec(
        select(SubscriberRow.address_key).where(
            SubscriberRow.channel == channel, col(SubscriberRow.address_key).in_(list(keys))
        )
    )
    return frozenset(found)


def list_subscribers(
    session: Session, filters: SubscriberFilter, *, before: int | None, limit: int
) -> Sequence[SubscriberRow]:
    """Subscribers besides rooms, newest first, with internal ids below `before`."""
    query = select(SubscriberRow).where(*_conditions(filters))
    if before is not None:
        query = query.where(col(SubscriberRow.id) < before)
    return session.exec(query.order_by(col(SubscriberRow.id).desc()).limit(limit)).all()


def next_subscribers(session: Session, *, after: int, limit: int) -> Sequence[SubscriberRow]:
    """Subscribers besides rooms, oldest first, with internal ids above `after`."""
    return session.exec(
        select(SubscriberRow)
        .where(not_(col(SubscriberRow.is_room)), col(SubscriberRow.id) > after)
        .order_by(col(SubscriberRow.id))
        .limit(limit)
    ).all()


def has_active(session: Session) -> bool:
    """Whether any subscriber is notified, rooms included."""
    active = col(SubscriberRow.state) == SubscriberState.ACTIVE
    return session.exec(select(SubscriberRow.id).where(active).limit(1)).first() is not None


def _conditions(filters: SubscriberFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [not_(col(SubscriberRow.is_room))]
    for name in ("channel", "state", "language"):
        value = getattr(filters, name)
        if value is not None:
            found.append(getattr(SubscriberRow, name) == value)
    if filters.service is not None:
        of_service = select(SubscriptionRow.subscriber_id).where(
            SubscriptionRow.kind == "service", SubscriptionRow.target_id == filters.service
        )
        found.append(col(SubscriberRow.id).in_(of_service))
    return found


def count_by_group(session: Session) -> Sequence[tuple[str, str, str, int]]:
    """The numbers of subscribers besides rooms by channel, state and language."""
    groups = (
        col(SubscriberRow.channel),
        col(SubscriberRow.state),
        col(SubscriberRow.language),
    )
    found = session.execute(
        select_columns(*groups, func.count())
        .where(not_(col(SubscriberRow.is_room)))
        .group_by(*groups)
        .order_by(*groups)
    ).all()
    return [(channel, state, language, number) for channel, state, language, number in found]


def count_by_language(session: Session) -> Mapping[str, int]:
    """The number of active subscribers by language, rooms included."""
    language = col(SubscriberRow.language)
    active = col(SubscriberRow.state) == SubscriberState.ACTIVE
    query = select(language, func.count()).where(active).group_by(language)
    return dict(session.exec(query).all())


def replace_subscriptions(
    session: Session, subscriber_id: int, targets: Iterable[tuple[str, int]]
) -> None:
    """Replace what a subscriber follows by these kinds and internal ids."""
    wanted = set(targets)
    present = session.exec(
        select(SubscriptionRow).where(SubscriptionRow.subscriber_id == subscriber_id)
    ).all()
    for row in present:
        if (row.kind, row.target_id) not in wanted:
            session.delete(row)
    known = {(row.kind, row.target_id) for row in present}
    session.add_all(
        SubscriptionRow(subscriber_id=subscriber_id, kind=kind, target_id=target)
        for kind, target in sorted(wanted - known)
    )
    session.flush()


def targets_followed(
    session: Session, subscriber_ids: Iterable[int]
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """What subscribers follow: kind, and slug or public id; by subscriber.

    Services are in the order of the page, then incidents and maintenances, oldest first.
    """
    ids = list(subscriber_ids)
    found: dict[int, list[tuple[str, str]]] = {}
    for kind, target, name, order in (
        ("service", ServiceRow, ServiceRow.slug, ServiceRow.position),
        ("incident", IncidentRow, IncidentRow.public_id, IncidentRow.id),
        ("maintenance", MaintenanceRow, MaintenanceRow.public_id, MaintenanceRow.id),
    ):
        rows = session.execute(
            select_columns(col(SubscriptionRow.subscriber_id), col(name))
            .join(target, col(target.id) == col(SubscriptionRow.target_id))
            .where(col(SubscriptionRow.kind) == kind, col(SubscriptionRow.subscriber_id).in_(ids))
            .order_by(col(order), col(target.id))
        )
        for number, value in rows:
            found.setdefault(number, []).append((kind, value))
    return found


def names_followed(
    session: Session, subscriber_ids: Collection[int], now: datetime
) -> Mapping[int, Sequence[Text]]:
    """The names and titles of what subscribers follow, as `targets_followed` orders them.

    What visitors may not see is left out.
    """
    found: dict[int, list[Text]] = {}
    if not subscriber_ids:
        return found
    is_shown = col(ServiceRow.archived_at).is_(None)
    for kind, target, name, order, condition in (
        ("service", ServiceRow, ServiceRow.name, ServiceRow.position, is_shown),
        ("incident", IncidentRow, IncidentRow.title, IncidentRow.id, visible(IncidentRow, now)),
        (
            "maintenance",
            MaintenanceRow,
            MaintenanceRow.title,
            MaintenanceRow.id,
            visible(MaintenanceRow, now),
        ),
    ):
        rows = session.execute(
            select_columns(col(SubscriptionRow.subscriber_id), col(name))
            .join(target, col(target.id) == col(SubscriptionRow.target_id))
            .where(
                col(SubscriptionRow.kind) == kind,
                col(SubscriptionRow.subscriber_id).in_(subscriber_ids),
                condition,
            )
            .order_by(col(order), col(target.id))
        )
        for number, value in rows:
            found.setdefault(number, []).append(value)
    return found


def withdraw_deliveries(session: Session, subscriber_id: int, now: datetime) -> None:
    """Withdraw what waits to be sent to a subscriber."""
    session.execute(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.subscriber_id) == subscriber_id,
            col(DeliveryRow.state) == DeliveryState.WAITING,
        )
        .values(state=DeliveryState.WITHDRAWN, finished_at=now)
        .execution_options(synchronize_session=False)
    )


def latest_deliveries(
    session: Session, subscriber_id: int, *, limit: int
) -> Sequence[tuple[DeliveryRow, NoticeRow]]:
    """The newest deliveries to a subscriber with their notices, newest first."""
    found = session.exec(
        select(DeliveryRow, NoticeRow)
        .where(DeliveryRow.subscriber_id == subscriber_id)
        .where(col(NoticeRow.id) == col(DeliveryRow.notice_id))
        .order_by(col(DeliveryRow.id).desc())
        .limit(limit)
    )
    return [(delivery, notice) for delivery, notice in found]


# -- retention ---------------------------------------------------------------------------------


def pending_before(session: Session, before: datetime, *, limit: int) -> Sequence[SubscriberRow]:
    """Pending subscribers whose request is from before a time, at most `limit`, locked."""
    return session.exec(
        select(SubscriberRow)
        .where(SubscriberRow.state == SubscriberState.PENDING)
        .where(col(SubscriberRow.created_at) < before)
        .order_by(col(SubscriberRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def stopped_before(session: Session, before: datetime, *, limit: int) -> Sequence[SubscriberRow]:
    """Subscribers besides rooms that were stopped before a time, at most `limit`, locked."""
    return session.exec(
        select(SubscriberRow)
        .where(SubscriberRow.state == SubscriberState.STOPPED, not_(col(SubscriberRow.is_room)))
        .where(col(SubscriberRow.stopped_at) < before)
        .order_by(col(SubscriberRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def delete_ended_subscriptions(session: Session, resolved_before: datetime, now: datetime) -> int:
    """Delete subscriptions to incidents that were resolved before a time; returns their number.

    Also those that end by themselves, and those to incidents that no longer exist.
    """
    ended = select_columns(col(IncidentRow.id)).where(
        or_(
            and_(not_(col(IncidentRow.is_open)), col(IncidentRow.resolved_at) < resolved_before),
            col(IncidentRow.deleted_at).is_not(None),
        )
    )
    done = session.execute(
        delete(SubscriptionRow)
        .where(
            or_(
                col(SubscriptionRow.until) < now,
                and_(
                    col(SubscriptionRow.kind) == "incident",
                    col(SubscriptionRow.target_id).in_(ended),
                ),
            )
        )
        .execution_options(synchronize_session=False)
    )
    return done.rowcount if isinstance(done, CursorResult) else 0


def following_nothing(session: Session, *, limit: int) -> Sequence[SubscriberRow]:
    """Subscribers besides rooms that follow neither the page nor anything on it, locked."""
    followed = select(SubscriptionRow.id).where(
        col(SubscriptionRow.subscriber_id) == col(SubscriberRow.id)
    )
    return session.exec(
        select(SubscriberRow)
        .where(not_(col(SubscriberRow.whole_page)), not_(col(SubscriberRow.is_room)))
        .where(not_(followed.exists()))
        .order_by(col(SubscriberRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
