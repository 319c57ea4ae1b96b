"""Bounces and complaints: what a report about a mail means for its subscriber."""

import hmac
import logging
from datetime import timedelta
from enum import StrEnum

from app.db.queries.outbox import deliveries
from app.db.tables import DeliveryRow, SubscriberRow
from app.domain.notifications.bounce_addresses import bounce_key, bounce_mac, delivery_in
from app.domain.notifications.bounce_reports import (
    BounceReport,
    ReportKind,
    is_address_gone,
    read_report,
)
from app.domain.notifications.states import DeliveryState, StopReason, SubscriberState
from app.domain.notifications.subscribers.troubles import is_failing, with_trouble
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.notices.counters import count_bounce, count_complaint
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, lift, suppress
from app.usecases.subscribers.removal import remove

__all__ = ["ReportOutcome", "take_report"]

_log = logging.getLogger(__name__)

_OLDEST = timedelta(days=7)
# A network that cannot be reached for the moment, although the code is 5.x.
_TEMPORARY = frozenset({"5.4.4"})


class ReportOutcome(StrEnum):
    """What a report changed."""

    UNKNOWN = "unknown"
    NOTED = "noted"
    STOPPED = "stopped"
    UNSUBSCRIBED = "unsubscribed"
    LIFTED = "lifted"


def take_report(
    ctx: Ctx, hashes: AddressHashes, content: bytes, *, bounce_address: str
) -> ReportOutcome:
    """Act on a mail that was sent to `bounce_address`, FYR_BOUNCE_ADDRESS.

    `unknown`, and nothing changes, when no address in it has the MAC of a delivery: who a report
    names does not count.
    """
    ctx.require(Action.EDIT)
    report = read_report(content)
    found = _find(ctx, report, bounce_address)
    outcome = ReportOutcome.UNKNOWN if found is None else _act(ctx, hashes, report, *found)
    _log.info(
        "bounce.taken kind=%s status=%s delivery=%s outcome=%s",
        report.kind,
        report.status,
        "-" if found is None else found[0].public_id,
        outcome,
    )
    return outcome


def _find(
    ctx: Ctx, report: BounceReport, bounce_address: str
) -> tuple[DeliveryRow, SubscriberRow] | None:
    for address in report.addresses:
        named = delivery_in(address, bounce_address)
        if named is None:
            continue
        found = deliveries.lock_with_subscriber(ctx.session, named[0])
        if found is None:
            continue
        expected = bounce_mac(bounce_key(found[1].secret), named[0])
        if hmac.compare_digest(expected, named[1]):
            return found
    return None


def _act(
    ctx: Ctx,
    hashes: AddressHashes,
    report: BounceReport,
    delivery: DeliveryRow,
    row: SubscriberRow,
) -> ReportOutcome:
    if report.reported_at is not None and report.reported_at < ctx.now - _OLDEST:
        return ReportOutcome.NOTED
    match report.kind:
        case ReportKind.UNSUBSCRIBE:
            remove(ctx, hashes, row, SuppressionReason.UNSUBSCRIBED)
            return ReportOutcome.UNSUBSCRIBED
        case ReportKind.COMPLAINT:
            count_complaint(ctx)
            suppress(ctx, hashes, row.channel, row.address_key, SuppressionReason.COMPLAINED)
            return _stop(ctx, row, StopReason.COMPLAINED)
        case ReportKind.NOT_SPAM:
            lift(ctx, hashes, row.channel, row.address_key)
            return ReportOutcome.LIFTED
        case ReportKind.FAILED:
            count_bounce(ctx, report.status)
            return _failed(ctx, report, delivery, row)
        case _:
            return ReportOutcome.NOTED


def _failed(
    ctx: Ctx, report: BounceReport, delivery: DeliveryRow, row: SubscriberRow
) -> ReportOutcome:
    status = report.status
    if status is None or not status.startswith("5.") or status in _TEMPORARY:
        return ReportOutcome.NOTED
    delivery.bounced_at = delivery.bounced_at or ctx.now
    row.troubles = with_trouble(row.troubles, ctx.now, f"bounced_{status}")
    if is_address_gone(status) or is_failing(row.troubles, ctx.now):
        return _stop(ctx, row, StopReason.BOUNCED)
    return ReportOutcome.NOTED


def _stop(ctx: Ctx, row: SubscriberRow, reason: StopReason) -> ReportOutcome:
    """Stop a subscriber; nothing that waits for it is sent."""
    if row.state != SubscriberState.STOPPED.value or reason is StopReason.COMPLAINED:
        row.state, row.stop_reason = SubscriberState.STOPPED.value, reason.value
        row.stopped_at = ctx.now
    waiting = deliveries.waiting_of_subscriber(ctx.session, row.id or 0)
    deliveries.end(ctx.session, waiting, DeliveryState.WITHDRAWN, ctx.now, "stopped")
    return ReportOutcome.STOPPED
