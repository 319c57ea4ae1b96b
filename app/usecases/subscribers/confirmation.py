"""Confirmation of a subscription by the link in a mail, which is valid for 48 hours."""

from datetime import timedelta
from secrets import token_bytes

from app.db.queries import subscribers, subscription_requests
from app.db.tables import SubscriberRow
from app.domain.errors import NotFoundError
from app.domain.notifications.link_tokens import LinkPurpose, token
from app.domain.notifications.states import ConfirmedVia, SubscriberState
from app.domain.notifications.subscriber import Subscriber
from app.usecases.context import Ctx
from app.usecases.subscribers.address_hashes import AddressHashes
from app.usecases.subscribers.link_lookup import subscriber_of_link
from app.usecases.subscribers.new_subscribers import SECRET_BYTES
from app.usecases.subscribers.records import subscriber_record
from app.usecases.subscribers.removal import remove_unconfirmed
from app.usecases.subscribers.suppressions import (
    SuppressionReason,
    lift,
    suppress,
)

__all__ = [
    "CONFIRM_PERIOD",
    "confirm",
    "confirm_endpoint",
    "subscription_to_confirm",
]

CONFIRM_PERIOD = timedelta(hours=48)


def subscription_to_confirm(ctx: Ctx, link: str) -> Subscriber:
    """The subscription that a link confirms, or has confirmed already.

    Raises NotFoundError (`link_expired`).
    """
    return subscriber_record(ctx, _confirmable(ctx, link, lock=False))


def confirm(ctx: Ctx, hashes: AddressHashes, link: str, *, wording: str) -> str:
    """Confirm a subscription; returns the token of the link to manage it. Repeating is harmless.

    `wording` names the text that was agreed to. Where the subscription replaces the address of
    another one, that one gets the new address, and its former links stop working.
    Raises NotFoundError (`link_expired`).
    """
    row = _confirmable(ctx, link)
    if row.state == SubscriberState.PENDING:
        lift(ctx, hashes, row.channel, row.address_key)
        mac = hashes.of_address(ctx, row.channel, row.address_key)
        subscription_requests.delete_mails(ctx.session, mac)
        row = _moved(ctx, hashes, row) or row
        row.state, row.confirmed_at = SubscriberState.ACTIVE, ctx.now
        row.confirmed_via, row.proof = ConfirmedVia.LINK, wording
        ctx.session.add(row)
    return token(row.public_id, row.secret, LinkPurpose.MANAGE)


def confirm_endpoint(ctx: Ctx, row: SubscriberRow) -> None:
    """Confirm the subscription of a program that answered with its challenge.

    Nothing happens when it is not pending any more, or for longer than a link is valid.
    """
    if row.state == SubscriberState.PENDING and ctx.now - row.created_at < CONFIRM_PERIOD:
        row.state, row.confirmed_at = SubscriberState.ACTIVE, ctx.now
        row.confirmed_via, row.proof = ConfirmedVia.ENDPOINT, None
        ctx.session.add(row)


def _confirmable(ctx: Ctx, link: str, *, lock: bool = True) -> SubscriberRow:
    row = subscriber_of_link(ctx, link, LinkPurpose.CONFIRM, lock=lock)
    is_valid = row is not None and (
        row.state == SubscriberState.ACTIVE
        or (row.state == SubscriberState.PENDING and ctx.now - row.created_at < CONFIRM_PERIOD)
    )
    if row is None or not is_valid:
        raise NotFoundError("This link has expired. Subscribe again.", code="link_expired")
    return row


def _moved(ctx: Ctx, hashes: AddressHashes, new: SubscriberRow) -> SubscriberRow | None:
    """The subscriber that the address of `new` was meant for, with it; None when there is none."""
    replaced = new.options.get("replaces")
    row = subscribers.lock_subscriber(ctx.session, replaced) if replaced else None
    if row is None or row.state != SubscriberState.ACTIVE:
        return None
    suppress(ctx, hashes, row.channel, row.address_key, SuppressionReason.UNSUBSCRIBED)
    address, key = new.address, new.address_key
    remove_unconfirmed(ctx, new)
    row.address, row.address_key, row.secret = address, key, token_bytes(SECRET_BYTES)
    return row
