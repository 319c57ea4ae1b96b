"""Outcomes of attempts: sent, tried again later, dead, and the pauses of lanes in trouble."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from app.db.queries.outbox import claims, deliveries, lanes
from app.db.tables import DeliveryAttemptRow, SubscriberRow
from app.domain.notifications.retries import RetrySchedule, lane_pause, retry_pause
from app.domain.notifications.states import DeliveryState, StopReason, SubscriberState
from app.domain.notifications.subscribers.troubles import (
    is_failing,
    is_unreachable,
    with_failure,
    with_trouble,
)
from app.ports.channel import SendError
from app.usecases.context import Ctx
from app.usecases.notices.counters import count_delivery_seconds
from app.usecases.outbox.claims import ClaimedDelivery
from app.usecases.subscribers.addresses.contacts import notify_contact
from app.usecases.subscribers.requests.confirmation import ConfirmationTools, confirm_endpoint

__all__ = [
    "Attempt",
    "AttemptResult",
    "apply_journal",
    "mark_sent",
    "note_sent",
    "record_attempts",
    "store_rate",
]

_log = logging.getLogger(__name__)

_DETAIL_LIMIT = 500


class AttemptResult(StrEnum):
    """What came of a claimed delivery.

    `unsent`: nothing was attempted, it waits again. `hidden`: visitors may not see it any more.
    """

    SENT = "sent"
    FAILED = "failed"
    LANE_FAILED = "lane_failed"
    UNSENT = "unsent"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one claimed delivery.

    `message` is the row of the message that was sent. `schedule` is that of the channel.
    `is_confirmed`: the receiving program answered with the challenge of its subscription.
    """

    delivery: ClaimedDelivery
    result: AttemptResult
    schedule: RetrySchedule
    message: int | None = None
    external_id: str | None = None
    error: SendError | None = None
    milliseconds: int = 0
    is_confirmed: bool = False


def record_attempts(
    ctx: Ctx,
    worker: str,
    attempts: Sequence[Attempt],
    jitter: Callable[[], float],
    tools: ConfirmationTools,
) -> None:
    """Record what came of deliveries that a worker held, all in one transaction.

    For those that were sent, `note_sent` records the rest, then or soon after. `jitter` returns
    numbers between -1 and 1. Programs that answered with their challenge are
    confirmed with `tools`. A delivery whose lease has ended meanwhile keeps what its new holder
    makes of it.
    """
    by_result: dict[AttemptResult, list[Attempt]] = {each: [] for each in AttemptResult}
    for attempt in attempts:
        by_result[attempt.result].append(attempt)
    _record_sent(ctx, worker, by_result[AttemptResult.SENT], tools)
    _record_failed(ctx, worker, by_result[AttemptResult.FAILED], jitter, tools)
    _record_lanes(ctx, by_result, jitter)
    returned = [
        each.delivery.number
        for result in (AttemptResult.UNSENT, AttemptResult.LANE_FAILED, AttemptResult.HIDDEN)
        for each in by_result[result]
    ]
    if returned:
        claims.put_back_of(ctx.session, worker, only=returned)
    for each in by_result[AttemptResult.LANE_FAILED]:
        # A host that cannot be reached spends no attempt of its deliveries, but it is failing too.
        if each.schedule.failing is not None:
            _count_failure(ctx, each, tools)
    hidden = [each.delivery.number for each in by_result[AttemptResult.HIDDEN]]
    if hidden:
        deliveries.end(ctx.session, hidden, DeliveryState.WITHDRAWN, ctx.now, "hidden")


def mark_sent(connection: Connection, worker: str, sent: Sequence[Attempt], now: datetime) -> None:
    """Mark deliveries as sent, which is all that `record_attempts` does if none is confirmed."""
    # Mails of a notice differ in nothing that is recorded: one statement marks them.
    alike: dict[tuple[int | None, str | None], list[int]] = {}
    for each in sent:
        alike.setdefault((each.message, each.external_id), []).append(each.delivery.number)
    for (message, external), numbers in alike.items():
        deliveries.mark_sent(
            connection, numbers, holder=worker, at=now, message=message, external=external
        )


def note_sent(ctx: Ctx, sent: Sequence[ClaimedDelivery]) -> None:
    """Record when something was last sent to subscribers, how long that took, and that these
    lanes work.
    """
    if sent:
        deliveries.note_sent(ctx.session, [each.number for each in sent], ctx.now)
        lanes.reset(ctx.session, {each.lane for each in sent})
        count_delivery_seconds(ctx, ((ctx.now - each.made_at).total_seconds() for each in sent))


def apply_journal(ctx: Ctx, worker: str, accepted: Mapping[str, str | None]) -> None:
    """Mark as sent what the journal of a worker that has ended says, and put back what it held.

    `accepted` are the external ids by the public id of the delivery.
    """
    deliveries.note_accepted(ctx.session, list(accepted), ctx.now)
    deliveries.mark_accepted(
        ctx.session,
        [
            {"public": public_id, "holder": worker, "at": ctx.now, "external": external_id}
            for public_id, external_id in accepted.items()
        ],
    )
    claims.put_back_of(ctx.session, worker)


def store_rate(ctx: Ctx, lane: str, rate: float | None) -> None:
    """Store the rate of a lane in messages a second; None for no limit."""
    lanes.set_rate(ctx.session, lane, rate)


def _record_sent(ctx: Ctx, worker: str, sent: Sequence[Attempt], tools: ConfirmationTools) -> None:
    mark_sent(ctx.session.connection(), worker, sent, ctx.now)
    for each in sent:
        if each.is_confirmed:
            row = deliveries.lock_subscriber_of(ctx.session, each.delivery.number)
            if row is not None:
                confirm_endpoint(ctx, tools, row)


def _record_failed(
    ctx: Ctx,
    worker: str,
    failed: Sequence[Attempt],
    jitter: Callable[[], float],
    tools: ConfirmationTools,
) -> None:
    retried: list[Mapping[str, Any]] = []
    dead: list[Mapping[str, Any]] = []
    for each in failed:
        error = each.error or SendError("failed")
        values = {
            "number": each.delivery.number,
            "holder": worker,
            "error": error.code,
            "said": error.detail[:_DETAIL_LIMIT],
        }
        pause = _pause(each, error, jitter())
        if pause is None or ctx.now + pause >= each.delivery.expires_at:
            dead.append({**values, "at": ctx.now})
        else:
            retried.append({**values, "due": ctx.now + pause})
        ctx.session.add(
            DeliveryAttemptRow(
                delivery_id=each.delivery.number,
                attempted_at=ctx.now,
                code=error.code,
                detail=error.detail[:_DETAIL_LIMIT],
                milliseconds=each.milliseconds,
            )
        )
    deliveries.mark_retry(ctx.session, retried)
    deliveries.mark_dead(ctx.session, dead)
    for each in failed:
        _count_failure(ctx, each, tools)


def _pause(attempt: Attempt, error: SendError, jitter: float) -> timedelta | None:
    if error.is_permanent:
        return None
    number = attempt.delivery.attempts + 1
    return retry_pause(attempt.schedule, number, jitter=jitter, retry_after=error.retry_after)


def _count_failure(ctx: Ctx, attempt: Attempt, tools: ConfirmationTools) -> None:
    """Stop a subscriber who has ceased to exist, or where delivery fails again and again."""
    error, rule = attempt.error or SendError("failed"), attempt.schedule.failing
    if not (error.is_permanent or rule):
        return
    row = deliveries.lock_subscriber_of(ctx.session, attempt.delivery.number)
    if row is None or row.channel != attempt.delivery.channel:
        return  # gone, or a mail to the contact of another channel
    ctx.session.add(row)
    reason = _reason_to_stop(ctx, attempt.schedule, row, error)
    if reason is not None:
        _stop(ctx, row, reason)
    if reason is StopReason.FAILING:
        notify_contact(ctx, tools.hashes, tools.secret_box, row)
    if error.is_gone and attempt.schedule.deletes_gone:
        ctx.session.delete(row)


def _reason_to_stop(
    ctx: Ctx, schedule: RetrySchedule, row: SubscriberRow, error: SendError
) -> StopReason | None:
    """Add a failure to the troubles of a subscriber; why it is stopped for them, if it is."""
    rule, now = schedule.failing, ctx.now
    if rule is None:
        row.troubles = with_trouble(row.troubles, now, error.code)
    else:
        row.troubles = with_failure(row.troubles, now, error.code, succeeded_at=row.last_sent_at)
    if error.is_gone:
        return schedule.gone_reason
    if rule is not None:
        is_active = row.state == SubscriberState.ACTIVE
        return StopReason.FAILING if is_active and is_unreachable(row.troubles, now, rule) else None
    counts = schedule.gone_reason is StopReason.BOUNCED
    return StopReason.BOUNCED if counts and is_failing(row.troubles, now) else None


def _stop(ctx: Ctx, row: SubscriberRow, reason: StopReason) -> None:
    row.state, row.stop_reason = SubscriberState.STOPPED.value, reason.value
    row.stopped_at = ctx.now
    _log.info("subscriber.stopped id=%s reason=%s", row.public_id, reason.value)
    waiting = deliveries.waiting_of_subscriber(ctx.session, row.id or 0)
    deliveries.end(ctx.session, waiting, DeliveryState.WITHDRAWN, ctx.now, "stopped")


def _record_lanes(
    ctx: Ctx, by_result: Mapping[AttemptResult, Sequence[Attempt]], jitter: Callable[[], float]
) -> None:
    failed = {each.delivery.lane: each.error for each in by_result[AttemptResult.LANE_FAILED]}
    for name, error in failed.items():
        _pause_lane(ctx, name, error or SendError("failed"), jitter())
    passed = {each.delivery.lane for each in by_result[AttemptResult.FAILED]}
    lanes.reset(ctx.session, passed - set(failed))


def _pause_lane(ctx: Ctx, name: str, error: SendError, jitter: float) -> None:
    row = lanes.lock_lane(ctx.session, name)
    if row.paused_until is not None and row.paused_until > ctx.now:
        return  # of another connection, at one time: that is one failure
    row.failures += 1
    pause = lane_pause(row.failures, jitter=jitter, retry_after=error.retry_after)
    row.paused_until = ctx.now + pause
    row.last_code, row.last_detail = error.code, error.detail[:_DETAIL_LIMIT]
    ctx.session.add(row)
