"""Queries of claims: which deliveries can be sent now, who holds them, and until when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Interval,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal,
    union_all,
    update,
)
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow
from app.db.types import UTCDateTime
from app.domain.notifications.events import Priority
from app.domain.notifications.states import DeliveryState

__all__ = [
    "LANES",
    "PRIORITIES",
    "ClaimableDelivery",
    "ClaimableSubscriber",
    "claimable",
    "due_lanes",
    "expired_leases",
    "external_ids",
    "hold",
    "in_state",
    "is_open",
    "newer_waiting",
    "put_back_of",
    "renew_leases",
    "waiting_lanes",
]

_WAITING, _SENDING = DeliveryState.WAITING, DeliveryState.SENDING


def in_state(table: Any, state: DeliveryState) -> ColumnElement[bool]:  # noqa: ANN401  # an alias
    """The condition that a delivery is in one state.

    The state is a literal in the statement: with a parameter, SQLite uses no partial index.
    """
    return col(table.state) == literal(state.value, literal_execute=True)


def is_open(table: Any) -> ColumnElement[bool]:  # noqa: ANN401  # DeliveryRow or an alias of it
    """The condition that a delivery is waiting or being sent, as in ix_delivery_thread_open."""
    states = [literal(each.value, literal_execute=True) for each in (_WAITING, _SENDING)]
    return col(table.state).in_(states)


def _waiting_lanes() -> CTE:
    # DISTINCT would read every waiting delivery. This finds each next lane in ix_delivery_waiting.
    first = (
        sqlalchemy_select(func.min(col(DeliveryRow.lane)).label("lane"))
        .where(in_state(DeliveryRow, _WAITING))
        .cte("lanes", recursive=True)
    )
    later = aliased(DeliveryRow)
    following = (
        sqlalchemy_select(func.min(col(later.lane)))
        .where(in_state(later, _WAITING), col(later.lane) > first.c.lane)
        .correlate(first)
        .scalar_subquery()
    )
    return first.union_all(sqlalchemy_select(following).where(first.c.lane.is_not(None)))


# Built once: building these takes longer than executing them.
# The lanes with a waiting delivery. The last row has none.
LANES = _waiting_lanes()
# Each Priority is looked at by itself: in the index, the time comes after it.
PRIORITIES = union_all(
    *(
        sqlalchemy_select(literal(each.value, Integer, literal_execute=True).label("priority"))
        for each in Priority
    )
).cte("priorities")
_waiting = aliased(DeliveryRow)
_WAITING_LANES = sqlalchemy_select(LANES.c.lane).where(LANES.c.lane.is_not(None))
_DUE_LANES = _WAITING_LANES.where(
    sqlalchemy_select(literal(1))
    .select_from(PRIORITIES)
    .join(_waiting, col(_waiting.priority) == PRIORITIES.c.priority)
    .where(
        in_state(_waiting, _WAITING),
        col(_waiting.lane) == LANES.c.lane,
        col(_waiting.due_at) <= bindparam("now", type_=UTCDateTime),
    )
    .correlate(LANES)
    .exists()
)
_earlier = aliased(DeliveryRow)
_IS_DUE = and_(
    in_state(DeliveryRow, _WAITING),
    col(DeliveryRow.lane) == bindparam("lane", type_=Text),
    col(DeliveryRow.priority) == bindparam("priority", type_=Integer),
    col(DeliveryRow.due_at) <= bindparam("now", type_=UTCDateTime),
)


@dataclass(frozen=True, slots=True)
class ClaimableSubscriber:
    """The columns of a subscriber that a claim needs."""

    number: int
    public_id: str
    address: str
    options: Mapping[str, Any]
    secrets: str | None = field(repr=False)
    secret: bytes = field(repr=False)
    language: str
    time_zone: str | None
    state: str
    is_room: bool
    whole_page: bool


@dataclass(frozen=True, slots=True)
class ClaimableDelivery:
    """The columns of a delivery that a claim needs, and of its notice what the notice is about.

    `subscriber` is None when the subscriber is gone.
    """

    number: int
    public_id: str
    notice_id: int
    channel: str
    lane: str
    attempts: int
    made_at: datetime
    expires_at: datetime
    subject_kind: str
    subscriber: ClaimableSubscriber | None


_DELIVERY_COLUMNS = (
    col(DeliveryRow.id),
    col(DeliveryRow.public_id),
    col(DeliveryRow.notice_id),
    col(DeliveryRow.channel),
    col(DeliveryRow.lane),
    col(DeliveryRow.attempts),
    col(DeliveryRow.made_at),
    col(DeliveryRow.expires_at),
    col(NoticeRow.subject_kind),
)
_SUBSCRIBER_COLUMNS = (
    col(SubscriberRow.id),
    col(SubscriberRow.public_id),
    col(SubscriberRow.address),
    col(SubscriberRow.options),
    col(SubscriberRow.secrets),
    col(SubscriberRow.secret),
    col(SubscriberRow.language),
    col(SubscriberRow.time_zone),
    col(SubscriberRow.state),
    col(SubscriberRow.is_room),
    col(SubscriberRow.whole_page),
)
# Columns, and not rows of the ORM, which take four times as long to load.
_CLAIMABLE = (
    sqlalchemy_select(*_DELIVERY_COLUMNS, *_SUBSCRIBER_COLUMNS)
    .select_from(DeliveryRow)
    .join(NoticeRow, col(NoticeRow.id) == col(DeliveryRow.notice_id))
    .outerjoin(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
    .where(
        _IS_DUE,
        ~exists().where(
            col(_earlier.subscriber_id) == col(DeliveryRow.subscriber_id),
            col(_earlier.thread) == col(DeliveryRow.thread),
            col(_earlier.id) < col(DeliveryRow.id),
            is_open(_earlier),
        ),
    )
    .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=DeliveryRow)
)
_former = aliased(DeliveryRow)
_EXTERNAL_IDS = (
    select(DeliveryRow.id, _former.external_id)
    .join(
        _former,
        (col(_former.subscriber_id) == col(DeliveryRow.subscriber_id))
        & (col(_former.thread) == col(DeliveryRow.thread))
        & (col(_former.state) == DeliveryState.SENT.value)
        & col(_former.external_id).is_not(None),
    )
    .where(col(DeliveryRow.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(_former.id))
)


def waiting_lanes(session: Session) -> Sequence[str]:
    """The lanes with a waiting delivery, whether it is due or not."""
    return [lane for (lane,) in session.execute(_WAITING_LANES)]


def due_lanes(session: Session, now: datetime) -> Sequence[str]:
    """The lanes with a due delivery."""
    return [lane for (lane,) in session.execute(_DUE_LANES, {"now": now})]


def claimable(
    session: Session, lane: str, priority: int, now: datetime, *, limit: int
) -> Sequence[ClaimableDelivery]:
    """The first due deliveries of one priority in a lane that need not wait for another, locked.

    A delivery waits while there is an earlier one to its subscriber about its thread. What another
    transaction has locked is left out.
    """
    values = {"lane": lane, "priority": priority, "now": now, "most": limit}
    found = session.connection().execute(_CLAIMABLE, values)
    return [_claimable(tuple(row)) for row in found]


def _claimable(values: tuple[Any, ...]) -> ClaimableDelivery:
    most = len(_DELIVERY_COLUMNS)
    is_gone = values[most] is None
    subscriber = None if is_gone else ClaimableSubscriber(*values[most:])
    return ClaimableDelivery(*values[:most], subscriber)  # type: ignore[call-arg]


def newer_waiting(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Of these deliveries, those to whose subscriber a newer notice of the thread waits.

    The value is the newest such delivery.
    """
    newer = aliased(DeliveryRow)
    query = (
        select(DeliveryRow.id, func.max(newer.id))
        .join(
            newer,
            (col(newer.subscriber_id) == col(DeliveryRow.subscriber_id))
            & (col(newer.thread) == col(DeliveryRow.thread))
            & (col(newer.notice_id) > col(DeliveryRow.notice_id))
            & in_state(newer, _WAITING),
        )
        .where(col(DeliveryRow.id).in_(ids), col(DeliveryRow.repeats).is_(None))
        .group_by(col(DeliveryRow.id))
    )
    return {number or 0: newest or 0 for number, newest in session.exec(query)}


def hold(
    session: Session, ids: Collection[int], worker: str, now: datetime, lease: timedelta
) -> None:
    """Give waiting deliveries to a worker until the lease ends."""
    session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids))
        .values(state=_SENDING.value, worker=worker, leased_until=_lease_end(session, now, lease))
        .execution_options(synchronize_session=False)
    )


def renew_leases(
    session: Session, worker: str, ids: Collection[int], now: datetime, lease: timedelta
) -> Collection[int]:
    """Let the leases of a worker on deliveries end later; returns those that it still holds."""
    renewed = session.execute(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id).in_(ids),
            in_state(DeliveryRow, _SENDING),
            col(DeliveryRow.worker) == worker,
        )
        .values(leased_until=_lease_end(session, now, lease))
        .returning(col(DeliveryRow.id))
        .execution_options(synchronize_session=False)
    )
    return {number for (number,) in renewed}


def expired_leases(session: Session, now: datetime) -> dict[str, datetime]:
    """The workers with leases that have ended, with the end of the last of these."""
    until = col(DeliveryRow.leased_until)
    query = (
        select(DeliveryRow.worker, func.max(until))
        .where(in_state(DeliveryRow, _SENDING), until < _database_time(session, now))
        .group_by(col(DeliveryRow.worker))
    )
    return {worker or "": at for worker, at in session.exec(query) if at is not None}


def put_back_of(
    session: Session,
    worker: str,
    *,
    only: Collection[int] | None = None,
    until: datetime | None = None,
) -> None:
    """Let deliveries of a worker wait again: `only` these, or with a lease until a time at most."""
    query = update(DeliveryRow).where(
        in_state(DeliveryRow, _SENDING), col(DeliveryRow.worker) == worker
    )
    if only is not None:
        query = query.where(col(DeliveryRow.id).in_(only))
    if until is not None:
        query = query.where(col(DeliveryRow.leased_until) <= until)
    values = {"state": _WAITING.value, "worker": None, "leased_until": None}
    session.execute(query.values(values).execution_options(synchronize_session=False))


def external_ids(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """What receiving systems call the former messages of the threads of these deliveries."""
    rows = session.connection().execute(_EXTERNAL_IDS, {"ids": list(ids)})
    found: dict[int, list[str]] = {}
    for number, external_id in rows:
        found.setdefault(number, []).append(external_id)
    return found


def _lease_end(session: Session, now: datetime, lease: timedelta) -> ColumnElement[datetime]:
    if session.get_bind().dialect.name == "postgresql":
        # By the clock of the database: those of several machines differ.
        return func.now() + literal(lease, Interval)
    return literal(now + lease, UTCDateTime)


def _database_time(session: Session, now: datetime) -> ColumnElement[datetime]:
    if session.get_bind().dialect.name == "postgresql":
        return func.now()
    return literal(now, UTCDateTime)
