"""Records of subscribers and of what was sent to them."""

from collections.abc import Iterable, Sequence

from app.db.queries.subscribers import subscribers
from app.db.tables import SubscriberRow
from app.domain.notifications.states import (
    ConfirmedVia,
    DeliveryState,
    StopReason,
    SubscriberState,
)
from app.domain.notifications.subscribers.subscriber import SentDelivery, Subscriber
from app.usecases.context import Ctx
from app.usecases.subscribers.choices import choices_of

__all__ = ["deliveries_to", "subscriber_record", "subscriber_records"]


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
