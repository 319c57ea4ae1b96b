"""Suppressed addresses: nothing is sent to them, although they are not stored."""

from enum import StrEnum

from app.db.queries.subscribers import suppressions
from app.usecases.context import Ctx
from app.usecases.subscribers.addresses.address_hashes import AddressHashes

__all__ = ["SuppressionReason", "lift", "suppress", "suppression"]


class SuppressionReason(StrEnum):
    """Why an address is suppressed. The values are stored.

    Each reason stops imports. With `complained`, requests of the form are ignored too, until staff
    lift it; the owner of the address lifts the others by confirming a new subscription.
    """

    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    ERASED = "erased"


def suppress(
    ctx: Ctx, hashes: AddressHashes, channel: str, address_key: str, reason: SuppressionReason
) -> None:
    """Suppress an address. A complaint stays the reason, whatever happens later."""
    mac = hashes.of_address(ctx, channel, address_key)
    if suppressed_for(ctx, mac) is not SuppressionReason.COMPLAINED:
        suppressions.put_suppression(ctx.session, mac, reason.value, ctx.now)


def suppression(
    ctx: Ctx, hashes: AddressHashes, channel: str, address_key: str
) -> SuppressionReason | None:
    """Why an address is suppressed; None when it is not."""
    return suppressed_for(ctx, hashes.of_address(ctx, channel, address_key))


def suppressed_for(ctx: Ctx, mac: str) -> SuppressionReason | None:
    """Why an address with this hash is suppressed; None when it is not."""
    row = suppressions.find_suppression(ctx.session, mac)
    return None if row is None else SuppressionReason(row.reason)


def lift(ctx: Ctx, hashes: AddressHashes, channel: str, address_key: str) -> None:
    """Lift the suppression of an address."""
    mac = hashes.of_address(ctx, channel, address_key)
    suppressions.delete_suppression(ctx.session, mac)
