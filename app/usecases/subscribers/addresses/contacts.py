"""Contacts of webhooks: mail addresses that are written to when a webhook is stopped.

Nobody has confirmed a contact, and one visitor can name it for many webhooks. So a contact is sent
no more than the subscribe form sends to an address.
"""

from app.db.queries.subscribers import subscription_requests
from app.db.tables import SubscriberRow
from app.domain.errors import UnavailableError
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.notices.personal import record_stop_notice
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.addresses.mail_limits import count_mail, may_mail
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppressed_for
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.webhook_secrets import CONTACT, decrypted

__all__ = ["hash_of_contact", "notify_contact"]

_NEVER = frozenset(
    {SuppressionReason.COMPLAINED, SuppressionReason.ERASED, SuppressionReason.BOUNCED}
)


def hash_of_contact(ctx: Ctx, hashes: AddressHashes, contact: str) -> str | None:
    """The hash of a contact; None when its owner has complained, was erased, or gets no mail."""
    mac = hashes.of_address(ctx, EMAIL, check_mail_address(contact).key)
    return None if suppressed_for(ctx, mac) in _NEVER else mac


def notify_contact(
    ctx: Ctx, hashes: AddressHashes, secret_box: SecretBox, row: SubscriberRow
) -> None:
    """Notify the contact of a webhook, if it has one, that it was stopped."""
    try:
        contact = decrypted(secret_box, row).get(CONTACT)
    except UnavailableError:  # encrypted with another FYR_SECRET_KEY
        return
    mac = hash_of_contact(ctx, hashes, contact) if contact else None
    if mac is None:
        return
    subscription_requests.lock_count(ctx.session, mac)
    if may_mail(ctx, mac) and record_stop_notice(ctx, row):
        count_mail(ctx, mac)
