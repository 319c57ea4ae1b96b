"""Deliveries for staff: list, read with its attempts, send again, give up.

Editors see masked addresses, admins addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.outbox import delivery_lists
from app.db.queries.outbox.delivery_lists import DeliveryFilter
from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.notifications.retries import delivery_expires_at
from app.domain.notifications.states import FINAL_STATES, DeliveryState, SubscriberState
from app.domain.notifications.subscribers.masking import masked_address
from app.domain.permissions import Action
from app.domain.validation import is_public_id
from app.ports.channel import Channel
from app.usecases import audit
from app.usecases.context import Ctx, required
from app.usecases.outbox.progress import required_notice
from app.usecases.pagination import CursorPage, check_span, page_of

__all__ = [
    "MOST_AT_ONCE",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryDetail",
    "DeliveryFilter",
    "count_repeatable",
    "get_delivery",
    "give_up",
    "give_up_all",
    "list_deliveries",
    "repeat_all",
    "repeat_delivery",
]

# The most deliveries that are sent again, or given up, with one command.
MOST_AT_ONCE = 10_000
_GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery. `subscriber` and `address` are None when the subscriber was deleted since; the
    address is masked for those who may not read it. `repeats`: it was sent again by staff.
    """

    id: str
    notice: str
    event: str
    thread: str
    channel: str
    subscriber: str | None
    address: str | None
    is_room: bool
    state: DeliveryState
    attempts: int
    code: str | None
    detail: str | None
    made_at: datetime
    due_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    repeats: bool


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """A failed attempt of a delivery."""

    attempted_at: datetime
    code: str
    detail: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with its failed attempts, newest first."""

    delivery: Delivery
    attempts: tuple[DeliveryAttempt, ...]
    may_repeat: bool


def list_deliveries(
    ctx: Ctx, filters: DeliveryFilter, *, cursor: str | None, limit: int
) -> CursorPage[Delivery]:
    """Deliveries that match, newest first.

    Raises ForbiddenError, and InvalidError for a time or a cursor that is not valid.
    """
    ctx.require(Action.EDIT)
    check_span(filters.since, filters.until)
    found: dict[int, Delivery] = {}

    def rows(before: int | None, size: int) -> list[DeliveryRow]:
        listed = delivery_lists.list_deliveries(ctx.session, filters, before=before, limit=size)
        for row, notice, subscriber in listed:
            found[row.id or 0] = _record(ctx, row, notice, subscriber)
        return [row for row, _, _ in listed]

    return page_of(rows, lambda row: found[row.id or 0], cursor=cursor, limit=limit)


def get_delivery(ctx: Ctx, public_id: str) -> DeliveryDetail:
    """One delivery. Raises ForbiddenError, NotFoundError."""
    ctx.require(Action.EDIT)
    row, notice, subscriber = _required(ctx, public_id)
    attempts = delivery_lists.attempts_of(ctx.session, row.id or 0)
    return DeliveryDetail(
        _record(ctx, row, notice, subscriber),
        tuple(
            DeliveryAttempt(
                each.attempted_at, each.code, _detail(ctx, each.detail), each.milliseconds
            )
            for each in attempts
        ),
        may_repeat=DeliveryState(row.state) in FINAL_STATES and _is_active(subscriber),
    )


def repeat_delivery(ctx: Ctx, public_id: str, channels: Mapping[str, Channel]) -> None:
    """Send a delivery again, as a new one with a message id of its own.

    Raises ForbiddenError, NotFoundError; ConflictError while it is on the way (`delivery_open`),
    when its subscriber is not active any more (`subscriber_not_active`), or when its window is over
    (`notice_expired`).
    """
    ctx.require(Action.EDIT)
    row, notice, subscriber = _required(ctx, public_id, lock=True)
    if DeliveryState(row.state) not in FINAL_STATES:
        raise ConflictError("This delivery is still on the way.", code="delivery_open")
    if not _is_active(subscriber):
        raise ConflictError(
            "The subscriber has unsubscribed or was stopped.", code="subscriber_not_active"
        )
    if not _repeat(ctx, notice, {row.channel: [row.id or 0]}, channels):
        raise ConflictError(
            "What it is about is over: nobody is notified of it any more.", code="notice_expired"
        )
    audit.record(ctx, "delivery.repeat", "delivery", row.public_id, after={"number": 1})


def count_repeatable(ctx: Ctx, filters: DeliveryFilter) -> int:
    """The number of deliveries that `repeat_all` would send again, at most one more than it may."""
    ctx.require(Action.EDIT)
    return len(delivery_lists.repeatable(ctx.session, filters, limit=MOST_AT_ONCE + 1))


def repeat_all(ctx: Ctx, filters: DeliveryFilter, channels: Mapping[str, Channel]) -> int:
    """Send the deliveries of one notice that match again; returns their number.

    Those on the way, and those of subscribers who are not active any more, are left out. Raises
    ForbiddenError, NotFoundError, and InvalidError without a notice (`notice_missing`) or when
    there are too many (`too_many_deliveries`).
    """
    ctx.require(Action.EDIT)
    if filters.notice is None:
        raise InvalidError(
            "Name the notice whose deliveries are sent again.",
            code="notice_missing",
            field="notice",
        )
    notice = required_notice(ctx, filters.notice)
    found = delivery_lists.repeatable(ctx.session, filters, limit=MOST_AT_ONCE + 1)
    if len(found) > MOST_AT_ONCE:
        raise InvalidError(
            f"At most {MOST_AT_ONCE} deliveries are sent again at once. Filter them first.",
            code="too_many_deliveries",
        )
    by_channel = delivery_lists.by_channel(ctx.session, found)
    number = _repeat(ctx, notice, by_channel, channels)
    after = {"number": number, "state": filters.state, "channel": filters.channel}
    audit.record(ctx, "delivery.repeat", "notice", notice.public_id, after=after)
    return number


def give_up(ctx: Ctx, public_id: str) -> None:
    """End a waiting delivery, so that it is not attempted again.

    Raises ForbiddenError, NotFoundError; ConflictError unless it waits (`delivery_not_waiting`).
    """
    ctx.require(Action.EDIT)
    row, _, _ = _required(ctx, public_id, lock=True)
    if row.state != DeliveryState.WAITING.value:
        raise ConflictError("This delivery does not wait.", code="delivery_not_waiting")
    row.state, row.finished_at, row.code = DeliveryState.DEAD.value, ctx.now, _GIVEN_UP
    audit.record(ctx, "delivery.give_up", "delivery", row.public_id, after={"number": 1})


def give_up_all(ctx: Ctx, filters: DeliveryFilter) -> int:
    """End at most 10,000 waiting deliveries of one notice that match; returns their number.

    Raises ForbiddenError, NotFoundError, and InvalidError without a notice (`notice_missing`).
    """
    ctx.require(Action.EDIT)
    if filters.notice is None:
        raise InvalidError(
            "Name the notice whose deliveries are given up.", code="notice_missing", field="notice"
        )
    notice = required_notice(ctx, filters.notice)
    number = delivery_lists.end_waiting(
        ctx.session, filters, ctx.now, _GIVEN_UP, limit=MOST_AT_ONCE
    )
    after = {"number": number, "state": filters.state, "channel": filters.channel}
    audit.record(ctx, "delivery.give_up", "notice", notice.public_id, after=after)
    return number


def _repeat(
    ctx: Ctx,
    notice: NoticeRow,
    by_channel: Mapping[str, list[int]],
    channels: Mapping[str, Channel],
) -> int:
    """Add the deliveries; returns their number, without those that would have expired already."""
    done = 0
    is_bounded = notice.subject_kind == "maintenance"
    for kind, ids in by_channel.items():
        channel = channels.get(kind)
        if channel is None:
            continue
        expires_at = delivery_expires_at(
            channel.retries, ctx.now, notice.expires_at, is_bounded=is_bounded
        )
        if expires_at > ctx.now:
            delivery_lists.add_repeats(ctx.session, ids, ctx.now, expires_at)
            done += len(ids)
    return done


def _required(
    ctx: Ctx, public_id: str, *, lock: bool = False
) -> tuple[DeliveryRow, NoticeRow, SubscriberRow | None]:
    found = None
    if is_public_id(public_id):
        found = delivery_lists.find_delivery(ctx.session, public_id, lock=lock)
    return required(found, "There is no such delivery.", code="delivery_not_found")


def _is_active(subscriber: SubscriberRow | None) -> bool:
    return subscriber is not None and subscriber.state == SubscriberState.ACTIVE.value


def _record(
    ctx: Ctx, row: DeliveryRow, notice: NoticeRow, subscriber: SubscriberRow | None
) -> Delivery:
    return Delivery(
        id=row.public_id,
        notice=notice.public_id,
        event=notice.event,
        thread=row.thread,
        channel=row.channel,
        subscriber=None if subscriber is None else subscriber.public_id,
        address=None if subscriber is None else _address(ctx, subscriber),
        is_room=subscriber is not None and subscriber.is_room,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        code=row.code,
        detail=_detail(ctx, row.detail),
        made_at=row.made_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
        repeats=row.repeats is not None,
    )


def _address(ctx: Ctx, subscriber: SubscriberRow) -> str:
    if subscriber.is_room:
        return subscriber.name or subscriber.address
    if ctx.may(Action.CONFIGURE):
        return subscriber.address
    return masked_address(subscriber.address)


def _detail(ctx: Ctx, detail: str | None) -> str | None:
    """What the receiving system replied. A relay may repeat the address in it: only for admins."""
    return detail if ctx.may(Action.CONFIGURE) else None
