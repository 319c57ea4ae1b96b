"""Fan-out: the deliveries of a notice, made in small steps that delay nobody else's writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db.queries.outbox import audience, fan_out
from app.db.queries.outbox.fan_out import DeliveryPlan
from app.db.tables import NoticeRow
from app.domain.notifications.lanes import SHARED_LANES
from app.domain.notifications.retries import delivery_expires_at
from app.ports.channel import Channel
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.notices.audience import filter_of, sendable_kinds

__all__ = ["AudienceBatch", "add_batch", "has_work", "next_batch"]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class AudienceBatch:
    """The row ids of the next subscribers who are notified, in order, after the `cursor` of a
    notice. `is_last`: there are no more.
    """

    notice_id: int
    cursor: int
    subscribers: Sequence[int]
    is_last: bool


def has_work(ctx: Ctx) -> bool:
    """Whether the audience of a notice is incomplete. One look at a small index."""
    return fan_out.has_next_notice(ctx.session)


def next_batch(ctx: Ctx, channels: Mapping[str, Channel]) -> AudienceBatch | None:
    """The next batch of the most urgent notice; None when there is nothing to do. Only reads.

    `channels` are those that can send. Looking for the subscribers holds no lock: of 100,000 of
    whom few are notified, all are looked at.
    """
    notice = fan_out.next_notice(ctx.session)
    if notice is None:
        return None
    about = filter_of(notice, sendable_kinds(ctx, channels))
    found = audience.next_notified(ctx.session, about, after=notice.cursor, limit=_BATCH)
    return AudienceBatch(notice.id or 0, notice.cursor, found, is_last=len(found) < _BATCH)


def add_batch(ctx: Ctx, batch: AudienceBatch, channels: Mapping[str, Channel]) -> int:
    """Add the deliveries of a batch and move the cursor; returns the number of subscribers.

    Nothing happens while another worker fans the notice out, or when the batch is done already.
    """
    notice = fan_out.next_notice(ctx.session, lock=True)
    if notice is None or (notice.id, notice.cursor) != (batch.notice_id, batch.cursor):
        return 0
    # Who has unsubscribed since, or does not want it any more, is not notified: the condition
    # holds again for each subscriber of the batch.
    about = filter_of(notice, sendable_kinds(ctx, channels))
    fan_out.add_deliveries(
        ctx.session, about, _plan(ctx, notice, channels), list(batch.subscribers)
    )
    if batch.subscribers:
        notice.cursor = batch.subscribers[-1]
    if batch.is_last:
        _finish(ctx, notice)
    ctx.session.add(notice)
    return len(batch.subscribers)


def _plan(ctx: Ctx, notice: NoticeRow, channels: Mapping[str, Channel]) -> DeliveryPlan:
    is_bounded = notice.subject_kind == "maintenance"
    return DeliveryPlan(
        notice.id or 0,
        notice.priority,
        ctx.now,
        {
            kind: delivery_expires_at(
                channel.retries, ctx.now, notice.expires_at, is_bounded=is_bounded
            )
            for kind, channel in channels.items()
        },
        SHARED_LANES,
    )


def _finish(ctx: Ctx, notice: NoticeRow) -> None:
    notice.fanned_out_at = ctx.now
    notice.audience = fan_out.count_audience(ctx.session, notice.id or 0)
    if notice.audience == 0:
        return
    audit.record(
        ctx,
        "notice.made",
        "notice",
        notice.public_id,
        after={"event": notice.event, "thread": notice.thread, "audience": notice.audience},
    )
