"""Records of subscribers and of what was sent to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.queries import subscribers
from app.db.tables import SubscriberRow
from app.domain.notifications.choices import Choices
from app.domain.notifications.states import (
    ConfirmedVia,
    DeliveryState,
    StopReason,
    SubscriberState,
)
from app.usecases.context import Ctx
from app.usecases.subscribers.choices import choices_of

__all__ = [
    "SentDelivery",
    "Subscriber",
    "deliveries_to",
    "subscriber_record",
    "subscriber_records",
]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber. `proof` says how an imported one agreed, or which wording was confirmed."""

    id: str
    channel: str
    address: str = field(repr=False)
    choices: Choices
    state: SubscriberState
    stop_reason: StopReason | None
    stopped_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    confirmed_via: ConfirmedVia | None
    proof: str | None
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentDelivery:
    """One delivery as its subscriber reads it. `thread` names the incident or maintenance."""

    event: str
    thread: str
    state: DeliveryState
    made_at: datetime
    finished_at: datetime | None


def subscriber_record(ctx: Ctx, row: SubscriberRow) -> Subscriber:
    """The record of one subscriber."""
    return subscriber_records(ctx, [row])[0]


def subscriber_records(ctx: Ctx, rows: Sequence[SubscriberRow]) -> tuple[Subscriber, ...]:
    """The records of these subscribers."""
    followed = subscribers.targets_followed(ctx.session, [row.id or 0 for row in rows])
    return tuple(_record(row, followed.get(row.id or 0, ())) for row in rows)


def _record(row: SubscriberRow, followed: Iterable[tuple[str, str]]) -> Subscriber:
    return Subscriber(
        id=row.public_id,
        channel=row.channel,
        address=row.address,
        choices=choices_of(row, followed),
        state=SubscriberState(row.state),
        stop_reason=None if row.stop_reason is None else StopReason(row.stop_reason),
        stopped_at=row.stopped_at,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        confirmed_via=None if row.confirmed_via is None else ConfirmedVia(row.confirmed_via),
        proof=row.proof,
        last_sent_at=row.last_sent_at,
    )


def deliveries_to(ctx: Ctx, row: SubscriberRow, *, limit: int) -> tuple[SentDelivery, ...]:
    """The newest deliveries to a subscriber, newest first."""
    found = subscribers.latest_deliveries(ctx.session, row.id or 0, limit=limit)
    return tuple(
        SentDelivery(
            notice.event,
            notice.thread,
            DeliveryState(delivery.state),
            delivery.made_at,
            delivery.finished_at,
        )
        for delivery, notice in found
    )
