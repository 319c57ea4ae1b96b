"""Claims: the deliveries that a worker sends next, with a lease on each."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.db.queries.outbox import claims, deliveries
from app.db.queries.outbox import lanes as queried_lanes
from app.db.queries.outbox.claims import ClaimableDelivery, ClaimableSubscriber
from app.db.queries.page import page
from app.db.queries.subscribers import channels
from app.db.tables import LaneRow
from app.domain.errors import UnavailableError
from app.domain.notifications.events import Priority
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.i18n.regional_formats import published_tag
from app.ports.channel import Recipient
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.outbox.followed_names import FollowedNames
from app.usecases.outbox.recipients import RecipientMaker
from app.usecases.outbox.records import visible_notices

__all__ = [
    "LEASE",
    "POLICY",
    "ClaimedDelivery",
    "LaneState",
    "channel_options",
    "claim",
    "due_lanes",
    "renew",
]

LEASE = timedelta(seconds=60)
# RFC 3463, 5.7.x: refused for reasons of security or policy, such as "relay access denied".
POLICY = "5.7."
_PERSONAL = "subscriber"
# How many times a claim looks again after it has found deliveries that are not sent any more.
_ROUNDS = 10
# Of a hidden notice, so many deliveries are withdrawn with the one that was to be sent.
_WITHDRAWN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that a worker holds. `number` is its row id, `id` its public id.

    `language` is a published one; `time_zone` is that of the subscriber or of the page.
    `attempts` counts the former ones.
    """

    number: int
    id: str
    notice_id: int
    channel: str
    lane: str
    attempts: int
    made_at: datetime
    expires_at: datetime
    language: str
    time_zone: str
    recipient: Recipient = field(repr=False)


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane with due deliveries. `failures` since its last success; `rate` in messages a second,
    None for no limit. `is_denied`: the relay refused everybody for reasons of policy.
    """

    name: str
    failures: int = 0
    paused_until: datetime | None = None
    rate: float | None = None
    is_denied: bool = False


def due_lanes(ctx: Ctx) -> Sequence[LaneState]:
    """The lanes that are not paused and have a due delivery. Only reads."""
    lanes = claims.due_lanes(ctx.session, ctx.now)
    if not lanes:
        return ()
    rows = {row.name: row for row in queried_lanes.special_lanes(ctx.session)}
    return [
        _lane_state(name, rows.get(name))
        for name in lanes
        if name not in rows or (rows[name].paused_until or ctx.now) <= ctx.now
    ]


def claim(
    ctx: Ctx,
    lane: str,
    *,
    limit: int,
    worker: str,
    recipients: RecipientMaker,
    coalesce: timedelta,
) -> Sequence[ClaimedDelivery]:
    """Claim the first due deliveries of a lane, and end those that are not sent any more.

    These are: expired; hidden, or of a subscriber who is gone or stopped; and superseded, after
    waiting for longer than `coalesce` while a newer one of the thread waits, zero for never.
    """
    held: list[ClaimableDelivery] = []
    for _ in range(_ROUNDS):
        candidates = _candidates(ctx, lane, limit - len(held))
        if not candidates:
            break
        ended = _end_unsent(ctx, candidates, coalesce)
        claimed = [each for each in candidates if each.number not in ended]
        if claimed:
            numbers = [each.number for each in claimed]
            claims.hold(ctx.session, numbers, worker, ctx.now, LEASE)
            held += claimed
        if not ended:
            break
    found = _claimed(ctx, held, recipients)
    unreadable = {each.number for each in held} - {each.number for each in found}
    _end_unreadable(ctx, worker, unreadable)
    return found


def renew(ctx: Ctx, worker: str, numbers: Collection[int]) -> Collection[int]:
    """Let the leases on deliveries end later; returns those that the worker still holds."""
    return claims.renew_leases(ctx.session, worker, numbers, ctx.now, LEASE)


def channel_options(ctx: Ctx, secret_box: SecretBox, kind: str) -> Mapping[str, Any]:
    """The options and the secrets of a kind of channel.

    Raises UnavailableError when the secrets cannot be decrypted.
    """
    row = channels.find_channel(ctx.session, kind)
    if row is None:
        return {}
    about = f"channel:{kind}"
    stored = {} if row.secrets is None else json.loads(secret_box.decrypt(row.secrets, about))
    return {**row.options, **stored}


def _lane_state(name: str, row: LaneRow | None) -> LaneState:
    if row is None:
        return LaneState(name)
    is_denied = row.failures > 0 and (row.last_detail or "").startswith(POLICY)
    return LaneState(name, row.failures, row.paused_until, row.rate, is_denied)


def _candidates(ctx: Ctx, lane: str, limit: int) -> Sequence[ClaimableDelivery]:
    found: list[ClaimableDelivery] = []
    for priority in Priority:
        if len(found) < limit:
            found += claims.claimable(
                ctx.session, lane, priority.value, ctx.now, limit=limit - len(found)
            )
    return found


def _end_unsent(
    ctx: Ctx, candidates: Sequence[ClaimableDelivery], coalesce: timedelta
) -> Collection[int]:
    """End those candidates that are not sent any more; returns their row ids."""
    ended: set[int] = set()

    def end(rows: Collection[ClaimableDelivery], state: DeliveryState, reason: str) -> None:
        numbers = [each.number for each in rows if each.number not in ended]
        if numbers:
            deliveries.end(ctx.session, numbers, state, ctx.now, reason)
            ended.update(numbers)

    end([each for each in candidates if each.expires_at <= ctx.now], DeliveryState.DEAD, "expired")
    alone = [each for each in candidates if each.subscriber is None]
    end(alone, DeliveryState.WITHDRAWN, "unsubscribed")
    end([each for each in candidates if _is_stopped(each)], DeliveryState.WITHDRAWN, "stopped")
    notices = {each.notice_id for each in candidates if each.number not in ended}
    for number in notices - visible_notices(ctx, notices):
        end([each for each in candidates if each.notice_id == number], *_HIDDEN)
        others = deliveries.waiting_of_notice(ctx.session, number, limit=_WITHDRAWN_AT_ONCE)
        deliveries.end(ctx.session, others, *_HIDDEN[:1], ctx.now, _HIDDEN[1])
    if coalesce:
        old = [each for each in candidates if each.made_at <= ctx.now - coalesce]
        numbers = [each.number for each in old if each.number not in ended]
        newer = claims.newer_waiting(ctx.session, numbers) if numbers else {}
        deliveries.supersede(ctx.session, newer, ctx.now)
        ended.update(newer)
    return ended


_HIDDEN = (DeliveryState.WITHDRAWN, "hidden")


def _is_stopped(delivery: ClaimableDelivery) -> bool:
    """Whether the subscriber is not active, and the notice not about its subscription."""
    subscriber = delivery.subscriber
    return (
        subscriber is not None
        and delivery.subject_kind != _PERSONAL
        and subscriber.state != SubscriberState.ACTIVE.value
    )


def _claimed(
    ctx: Ctx, held: Sequence[ClaimableDelivery], recipients: RecipientMaker
) -> Sequence[ClaimedDelivery]:
    if not held:
        return ()
    external_ids = claims.external_ids(ctx.session, [each.number for each in held])
    settings = page.read_page(ctx.session)
    followed = FollowedNames.of(ctx, (each.subscriber for each in held))
    found = []
    for delivery in held:
        subscriber = delivery.subscriber
        if subscriber is None:  # ended before
            continue
        language = subscriber.language
        if published_tag(language, settings.languages) is None:
            language = settings.default_language
        try:
            to = recipients.recipient(
                subscriber,
                language,
                external_ids.get(delivery.number, ()),
                followed.names(subscriber, language, settings.default_language),
                channel=delivery.channel,
            )
        except UnavailableError:
            continue
        found.append(_record(delivery, subscriber, to, settings.time_zone))
    return found


def _end_unreadable(ctx: Ctx, worker: str, numbers: Collection[int]) -> None:
    """End deliveries to subscribers whose secrets were encrypted with another FYR_SECRET_KEY.

    One such room must not hold up what else is claimed with it.
    """
    if numbers:
        claims.put_back_of(ctx.session, worker, only=numbers)
        deliveries.end(ctx.session, numbers, DeliveryState.DEAD, ctx.now, "secrets_unreadable")


def _record(
    delivery: ClaimableDelivery, subscriber: ClaimableSubscriber, to: Recipient, page_zone: str
) -> ClaimedDelivery:
    return ClaimedDelivery(
        number=delivery.number,
        id=delivery.public_id,
        notice_id=delivery.notice_id,
        channel=delivery.channel,
        lane=delivery.lane,
        attempts=delivery.attempts,
        made_at=delivery.made_at,
        expires_at=delivery.expires_at,
        language=to.language,
        time_zone=subscriber.time_zone or page_zone,
        recipient=to,
    )
