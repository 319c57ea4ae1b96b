"""New addresses of subscribers, which replace the former ones once their owners confirm them.

A pending subscriber with the new address names the one that it replaces. When it is confirmed, its
address moves there and the pending one is deleted, so the deliveries so far stay with their
subscriber.
"""

import json
from secrets import token_bytes

from app.db.queries.outbox import deliveries
from app.db.queries.subscribers import subscribers
from app.db.tables import SubscriberRow
from app.domain.errors import UnavailableError
from app.domain.notifications.lanes import lane_of
from app.domain.notifications.states import StopReason, SubscriberState
from app.ports.channel import WEBHOOK
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.subscribers.removal import remove_unconfirmed
from app.usecases.subscribers.requests.new_subscribers import SECRET_BYTES
from app.usecases.subscribers.webhook_secrets import CONTACT, FORMER_KEY_UNTIL, decrypted

__all__ = ["REPLACES", "can_change_url", "move_to_new_address"]

# The option of a pending subscriber with the public id of the one whose address it replaces.
REPLACES = "replaces"
# The keys that sign requests: the present one, and one that was replaced lately.
_SIGNING = frozenset({"key", "former_key"})
_RESTARTABLE = frozenset({StopReason.FAILING.value, StopReason.GONE.value})


def can_change_url(row: SubscriberRow) -> bool:
    """Whether a webhook can get a new URL: it is active, or its present URL does not work."""
    is_active = row.state == SubscriberState.ACTIVE
    return row.channel == WEBHOOK and (is_active or row.stop_reason in _RESTARTABLE)


def move_to_new_address(
    ctx: Ctx, hashes: AddressHashes, secret_box: SecretBox, new: SubscriberRow
) -> SubscriberRow | None:
    """Move the address of `new` to the subscriber that it replaces; returns that one.

    The former address is suppressed, and the former links stop working. None when there is nothing
    to replace, or not any more: `new` is a subscription of its own then.
    """
    replaced = new.options.get(REPLACES)
    row = subscribers.lock_subscriber(ctx.session, replaced) if replaced else None
    if row is None or row.id == new.id or row.channel != new.channel:
        return None
    if row.state != SubscriberState.ACTIVE and not can_change_url(row):
        return None
    secrets = row.secrets
    if row.channel == WEBHOOK:
        try:
            secrets = _moved_secrets(secret_box, row, new)
        except UnavailableError:  # encrypted with another FYR_SECRET_KEY
            return None
    suppress(ctx, hashes, row.channel, row.address_key, SuppressionReason.UNSUBSCRIBED)
    address, key = new.address, new.address_key
    remove_unconfirmed(ctx, new)
    row.address, row.address_key, row.secret = address, key, token_bytes(SECRET_BYTES)
    row.secrets, row.troubles = secrets, []
    deliveries.move_to_lane(ctx.session, row.id or 0, row.channel, lane_of(row.channel, address))
    return row


def _moved_secrets(secret_box: SecretBox, row: SubscriberRow, new: SubscriberRow) -> str:
    """The secrets of a webhook with its new URL, encrypted. Sets until when a former key signs.

    The signing keys stay. Those of a URL that was confirmed before stay with that URL: anybody who
    knows it could replace them otherwise. Raises UnavailableError.
    """
    present, at_url = decrypted(secret_box, row), decrypted(secret_box, new)
    was_confirmed = new.confirmed_at is not None
    signing, until = (at_url, new.options) if was_confirmed else (present, row.options)
    moved = {
        **{name: value for name, value in signing.items() if name in _SIGNING},
        **{name: value for name, value in present.items() if name == CONTACT},
        "url": at_url["url"],
    }
    row.options = {**row.options, FORMER_KEY_UNTIL: until.get(FORMER_KEY_UNTIL)}
    return secret_box.encrypt(json.dumps(moved), row.public_id)
