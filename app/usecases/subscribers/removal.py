"""Removal of subscribers: unsubscribing deletes, and nothing that waits is sent."""

from app.db.queries.subscribers import subscribers, subscription_requests
from app.db.tables import SubscriberRow
from app.usecases.context import Ctx
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.subscribers.availability import EMAIL

__all__ = ["remove", "remove_unconfirmed"]


def remove(ctx: Ctx, hashes: AddressHashes, row: SubscriberRow, reason: SuppressionReason) -> None:
    """Delete a subscriber with what it follows, and suppress its address.

    Deliveries that wait are withdrawn; those that were sent stay, without a subscriber.
    """
    suppress(ctx, hashes, row.channel, row.address_key, reason)
    remove_unconfirmed(ctx, row)


def remove_unconfirmed(ctx: Ctx, row: SubscriberRow) -> None:
    """Delete a subscriber with what it follows; its address is not suppressed."""
    subscribers.withdraw_deliveries(ctx.session, row.id or 0, ctx.now)
    # A request has the hash of a URL instead of an address.
    requested = row.address if row.channel == EMAIL else row.address_key
    subscription_requests.forget_address(ctx.session, row.channel, requested, ctx.now)
    ctx.session.delete(row)
    ctx.session.flush()
