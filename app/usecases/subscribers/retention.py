"""Retention of what is stored about subscribers, and the end of subscriptions to one incident."""

from datetime import timedelta

from app.db.queries.subscribers import subscribers, subscription_requests
from app.db.tables import SubscriberRow
from app.domain.notifications.request_limits import DAY, MAIL_PERIOD
from app.domain.notifications.states import StopReason
from app.usecases.context import Ctx
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason
from app.usecases.subscribers.removal import remove, remove_unconfirmed
from app.usecases.subscribers.requests.confirmation import CONFIRM_PERIOD

__all__ = ["delete_expired"]

# How long a stopped subscriber is stored, and one incident is followed after it is resolved.
_STOPPED_PERIOD = timedelta(days=30)
_AFTER_RESOLUTION = timedelta(days=30)
# The most that one transaction removes of a kind; the next run continues.
_BATCH = 500


def delete_expired(ctx: Ctx, hashes: AddressHashes) -> None:
    """Delete what has to go by now.

    Requests after 24 hours, unconfirmed subscribers after 48 hours, stopped ones after 30 days:
    their addresses are suppressed. Subscribers that follow nothing any more are deleted too.
    """
    session, now = ctx.session, ctx.now
    subscription_requests.delete_old_requests(session, now - DAY)
    subscription_requests.delete_old_mails(session, now - MAIL_PERIOD)
    for row in subscribers.pending_before(session, now - CONFIRM_PERIOD, limit=_BATCH):
        remove_unconfirmed(ctx, row)
    for row in subscribers.stopped_before(session, now - _STOPPED_PERIOD, limit=_BATCH):
        remove(ctx, hashes, row, _suppression_of(row))
    subscribers.delete_ended_subscriptions(session, now - _AFTER_RESOLUTION, now)
    for row in subscribers.following_nothing(session, limit=_BATCH):
        remove_unconfirmed(ctx, row)


def _suppression_of(row: SubscriberRow) -> SuppressionReason:
    match row.stop_reason:
        case StopReason.COMPLAINED:
            return SuppressionReason.COMPLAINED
        case StopReason.STAFF:
            return SuppressionReason.UNSUBSCRIBED
        case _:
            return SuppressionReason.BOUNCED
