"""Queries on deliveries for staff: lists, attempts, sums by state, and sending again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.queries.outbox.fan_out import new_public_id
from app.db.tables import DeliveryAttemptRow, DeliveryRow, NoticeRow, SubscriberRow
from app.db.types import UTCDateTime
from app.domain.notifications.states import DeliveryState, SubscriberState

__all__ = [
    "DeliveryFilter",
    "DeliverySum",
    "StateSum",
    "add_repeats",
    "attempts_of",
    "by_channel",
    "end_waiting",
    "find_delivery",
    "find_notice",
    "list_deliveries",
    "list_notices",
    "notices_of_subject",
    "repeatable",
    "sent_at_positions",
    "sums_by_state",
    "sums_of_notice",
]

_FINAL = (
    DeliveryState.SENT.value,
    DeliveryState.DEAD.value,
    DeliveryState.SUPERSEDED.value,
    DeliveryState.WITHDRAWN.value,
)
# A compound SELECT of SQLite has at most 500 terms.
_MOST_TERMS = 200
_SENT_AT = (
    "SELECT * FROM (SELECT {0} AS term, finished_at AS at FROM delivery"
    " WHERE notice_id = :notice{0} AND state = 'sent' AND repeats IS NULL"
    " ORDER BY finished_at LIMIT 1 OFFSET :position{0}) AS sent{0}"
)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Conditions of deliveries; None matches all. `notice` is a public id, `code` that of the last
    failure. A delivery was made at `since` or later, and before `until`.
    """

    state: DeliveryState | None = None
    notice: str | None = None
    channel: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliverySum:
    """The number of deliveries of a notice with this channel, language and state.

    `language` is None where the subscriber has been deleted since.
    """

    channel: str
    language: str | None
    state: DeliveryState
    number: int


@dataclass(frozen=True, slots=True)
class StateSum:
    """The number of deliveries in a state, and when the first and the last of them ended."""

    number: int
    first_at: datetime | None = None
    last_at: datetime | None = None


def find_notice(session: Session, public_id: str) -> NoticeRow | None:
    """The notice with this public id."""
    return session.exec(select(NoticeRow).where(NoticeRow.public_id == public_id)).first()


def list_notices(
    session: Session,
    *,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> Sequence[NoticeRow]:
    """Notices about incidents and maintenances, newest first, with row ids below `before`.

    They were made at `since` or later, and before `until`.
    """
    query = select(NoticeRow).where(col(NoticeRow.subject_kind).in_(["incident", "maintenance"]))
    if since is not None:
        query = query.where(col(NoticeRow.made_at) >= since)
    if until is not None:
        query = query.where(col(NoticeRow.made_at) < until)
    if before is not None:
        query = query.where(col(NoticeRow.id) < before)
    return session.exec(query.order_by(col(NoticeRow.id).desc()).limit(limit)).all()


def notices_of_subject(session: Session, threads: str, kind: str) -> Sequence[NoticeRow]:
    """The notices about an incident or a maintenance, with those of its windows, oldest first."""
    thread = col(NoticeRow.thread)
    return session.exec(
        select(NoticeRow)
        .where(
            NoticeRow.subject_kind == kind,
            (thread == threads) | thread.startswith(f"{threads}/", autoescape=True),
        )
        .order_by(col(NoticeRow.id))
    ).all()


def sums_by_state(
    session: Session, notice_ids: Collection[int]
) -> Mapping[int, Mapping[DeliveryState, StateSum]]:
    """The deliveries by notice and state, without those that were sent again."""
    found: dict[int, dict[DeliveryState, StateSum]] = {}
    groups = (col(DeliveryRow.notice_id), col(DeliveryRow.state))
    finished_at = col(DeliveryRow.finished_at)
    query = (
        select_columns(*groups, func.count(), func.min(finished_at), func.max(finished_at))
        .where(col(DeliveryRow.notice_id).in_(notice_ids), col(DeliveryRow.repeats).is_(None))
        .group_by(*groups)
    )
    for notice, state, number, first_at, last_at in session.execute(query):
        found.setdefault(notice, {})[DeliveryState(state)] = StateSum(number, first_at, last_at)
    return found


def sent_at_positions(
    session: Session, positions: Sequence[tuple[int, int]]
) -> Mapping[tuple[int, int], datetime]:
    """When deliveries were sent: of each notice the one at a position in order of time, from 0.

    One statement reads many of them. Each reads the index up to its position, which takes a tenth
    of the time of a window function in SQLite.
    """
    found: dict[tuple[int, int], datetime] = {}
    for first in range(0, len(positions), _MOST_TERMS):
        some = positions[first : first + _MOST_TERMS]
        values = {
            name: value
            for number, pair in enumerate(some)
            for name, value in zip((f"notice{number}", f"position{number}"), pair, strict=True)
        }
        query = text(" UNION ALL ".join(_SENT_AT.format(each) for each in range(len(some))))
        rows = session.execute(query.columns(term=Integer, at=UTCDateTime), values)
        found |= {some[term]: at for term, at in rows}
    return found


def sums_of_notice(session: Session, notice_id: int) -> Sequence[DeliverySum]:
    """The deliveries of a notice, counted by channel, language and state."""
    groups = (col(DeliveryRow.channel), col(SubscriberRow.language), col(DeliveryRow.state))
    query = (
        select_columns(*groups, func.count())
        .select_from(DeliveryRow)
        .outerjoin(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
        .where(col(DeliveryRow.notice_id) == notice_id, col(DeliveryRow.repeats).is_(None))
        .group_by(*groups)
        .order_by(*groups)
    )
    return [
        DeliverySum(channel, language, DeliveryState(state), number)
        for channel, language, state, number in session.execute(query)
    ]


Found = tuple[DeliveryRow, NoticeRow, SubscriberRow | None]


def list_deliveries(
    session: Session, filters: DeliveryFilter, *, before: int | None, limit: int
) -> Sequence[Found]:
    """Deliveries with their notices and subscribers, newest first, with row ids below `before`."""
    query = _with_notice().where(*_conditions(filters))
    if before is not None:
        query = query.where(col(DeliveryRow.id) < before)
    found = session.execute(query.order_by(col(DeliveryRow.id).desc()).limit(limit))
    return [(delivery, notice, subscriber) for delivery, notice, subscriber in found]


def find_delivery(session: Session, public_id: str, *, lock: bool = False) -> Found | None:
    """The delivery with this public id."""
    query = _with_notice().where(col(DeliveryRow.public_id) == public_id)
    if lock:
        query = query.with_for_update(of=DeliveryRow).execution_options(populate_existing=True)
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1], found[2])


def attempts_of(session: Session, delivery_id: int) -> Sequence[DeliveryAttemptRow]:
    """The failed attempts of a delivery, newest first."""
    return session.exec(
        select(DeliveryAttemptRow)
        .where(DeliveryAttemptRow.delivery_id == delivery_id)
        .order_by(col(DeliveryAttemptRow.id).desc())
    ).all()


def repeatable(session: Session, filters: DeliveryFilter, *, limit: int) -> Sequence[int]:
    """The row ids of the deliveries that can be sent again: they have ended, and their subscriber
    is active.
    """
    query = (
        select(DeliveryRow.id)
        .join(NoticeRow, col(NoticeRow.id) == col(DeliveryRow.notice_id))
        .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
        .where(
            *_conditions(filters),
            col(DeliveryRow.state).in_(_FINAL),
            SubscriberRow.state == SubscriberState.ACTIVE.value,
        )
        .order_by(col(DeliveryRow.id))
        .limit(limit)
    )
    return [number or 0 for number in session.exec(query)]


def by_channel(session: Session, ids: Collection[int]) -> Mapping[str, list[int]]:
    """The row ids of these deliveries by channel."""
    found: dict[str, list[int]] = {}
    query = select(DeliveryRow.id, DeliveryRow.channel).where(col(DeliveryRow.id).in_(ids))
    for number, channel in session.exec(query):
        found.setdefault(channel, []).append(number or 0)
    return found


def add_repeats(
    session: Session, ids: Collection[int], now: datetime, expires_at: datetime
) -> None:
    """Add deliveries that send these again, to be sent at once."""
    values: dict[str, Any] = {
        "public_id": new_public_id(session),
        "notice_id": col(DeliveryRow.notice_id),
        "subscriber_id": col(DeliveryRow.subscriber_id),
        "channel": col(DeliveryRow.channel),
        "lane": col(DeliveryRow.lane),
        "thread": col(DeliveryRow.thread),
        "state": literal(DeliveryState.WAITING.value),
        "priority": col(DeliveryRow.priority),
        "due_at": literal(now, UTCDateTime),
        "expires_at": literal(expires_at, UTCDateTime),
        "attempts": literal(0),
        "repeats": col(DeliveryRow.id),
        "made_at": literal(now, UTCDateTime),
    }
    rows = select_columns(*values.values()).where(col(DeliveryRow.id).in_(ids))
    insert = DeliveryRow.metadata.tables[DeliveryRow.__tablename__].insert()
    session.execute(insert.from_select(list(values), rows.order_by(col(DeliveryRow.id))))


def end_waiting(
    session: Session, filters: DeliveryFilter, now: datetime, code: str, *, limit: int
) -> int:
    """End waiting deliveries that match as dead, at most `limit`; returns their number."""
    ids = session.exec(
        select(DeliveryRow.id)
        .join(NoticeRow, col(NoticeRow.id) == col(DeliveryRow.notice_id))
        .where(*_conditions(filters), DeliveryRow.state == DeliveryState.WAITING.value)
        .limit(limit)
    ).all()
    session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids), col(DeliveryRow.state) == DeliveryState.WAITING.value)
        .values(state=DeliveryState.DEAD.value, finished_at=now, code=code)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _with_notice() -> Select[DeliveryRow, NoticeRow, SubscriberRow]:
    return (
        select_columns(DeliveryRow, NoticeRow, SubscriberRow)
        .join(NoticeRow, col(NoticeRow.id) == col(DeliveryRow.notice_id))
        .outerjoin(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
    )


def _conditions(filters: DeliveryFilter) -> Iterator[ColumnElement[bool]]:
    if filters.state is not None:
        yield col(DeliveryRow.state) == filters.state.value
    if filters.notice is not None:
        yield col(NoticeRow.public_id) == filters.notice
    if filters.channel is not None:
        yield col(DeliveryRow.channel) == filters.channel
    if filters.code is not None:
        yield col(DeliveryRow.code) == filters.code
    if filters.since is not None:
        yield col(DeliveryRow.made_at) >= filters.since
    if filters.until is not None:
        yield col(DeliveryRow.made_at) < filters.until
