"""Suppressed addresses for staff: look one up, and lift its suppression. For admins.

Addresses are stored as keyed hashes: they cannot be listed, and the audit log has none.
"""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.subscribers import suppressions
from app.domain.errors import NotFoundError
from app.domain.permissions import Action
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.addresses.suppressions import SuppressionReason
from app.usecases.subscribers.availability import EMAIL

__all__ = ["Suppression", "find_suppression", "lift_suppression"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why nothing is sent to an address, and since when."""

    reason: SuppressionReason
    suppressed_at: datetime


def find_suppression(ctx: Ctx, hashes: AddressHashes, address: str) -> Suppression | None:
    """The suppression of a mail address; None when it is not suppressed.

    Raises ForbiddenError, InvalidError.
    """
    ctx.require(Action.CONFIGURE)
    row = suppressions.find_suppression(ctx.session, _hash(ctx, hashes, address))
    return None if row is None else Suppression(SuppressionReason(row.reason), row.suppressed_at)


def lift_suppression(ctx: Ctx, hashes: AddressHashes, address: str) -> None:
    """Lift the suppression of a mail address, so that its owner can subscribe again.

    Raises ForbiddenError, InvalidError, NotFoundError when it is not suppressed.
    """
    found = find_suppression(ctx, hashes, address)
    if found is None:
        raise NotFoundError("This address is not suppressed.", code="suppression_not_found")
    suppressions.delete_suppression(ctx.session, _hash(ctx, hashes, address))
    before = {"reason": found.reason.value}
    audit.record(ctx, "suppression.lift", "suppression", "", before=before)


def _hash(ctx: Ctx, hashes: AddressHashes, address: str) -> str:
    return hashes.of_address(ctx, EMAIL, check_mail_address(address).key)
