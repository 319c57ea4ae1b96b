"""Confirmation of a subscription by the link in a mail, which is valid for 48 hours."""

from dataclasses import dataclass, field
from datetime import timedelta

from app.db.queries.subscribers import subscription_requests
from app.db.tables import SubscriberRow
from app.domain.errors import NotFoundError
from app.domain.notifications.states import ConfirmedVia, SubscriberState
from app.domain.notifications.subscribers.link_tokens import LinkPurpose, token
from app.domain.notifications.subscribers.subscriber import Subscriber
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.suppressions import lift
from app.usecases.subscribers.link_lookup import subscriber_of_link
from app.usecases.subscribers.records import subscriber_record
from app.usecases.subscribers.requests.new_addresses import move_to_new_address

__all__ = [
    "CONFIRM_PERIOD",
    "ConfirmationTools",
    "confirm",
    "confirm_endpoint",
    "subscription_to_confirm",
]

CONFIRM_PERIOD = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class ConfirmationTools:
    """What subscriptions are confirmed with: the hashes of addresses, and the stored secrets."""

    hashes: AddressHashes = field(repr=False)
    secret_box: SecretBox = field(repr=False)


def subscription_to_confirm(ctx: Ctx, link: str) -> Subscriber:
    """The subscription that a link confirms, or has confirmed already.

    Raises NotFoundError (`link_expired`).
    """
    return subscriber_record(ctx, _confirmable(ctx, link, lock=False))


def confirm(ctx: Ctx, tools: ConfirmationTools, link: str, *, wording: str) -> str:
    """Confirm a subscription; returns the token of the link to manage it. Repeating is harmless.

    `wording` names the text that was agreed to. Where the subscription replaces the address of
    another one, that one gets the new address, and its former links stop working.
    Raises NotFoundError (`link_expired`).
    """
    row = _confirmable(ctx, link)
    if row.state == SubscriberState.PENDING:
        row = _activated(ctx, tools, row)
        row.confirmed_via, row.proof = ConfirmedVia.LINK, wording
    return token(row.public_id, row.secret, LinkPurpose.MANAGE)


def confirm_endpoint(ctx: Ctx, tools: ConfirmationTools, row: SubscriberRow) -> None:
    """Confirm the subscription of a program that answered with its challenge.

    Where its URL replaces that of another subscription, that one gets the new URL. Nothing happens
    when it is not pending any more, or for longer than a link is valid.
    """
    if row.state == SubscriberState.PENDING and ctx.now - row.created_at < CONFIRM_PERIOD:
        row = _activated(ctx, tools, row)
        row.confirmed_via, row.proof = ConfirmedVia.ENDPOINT, None


def _confirmable(ctx: Ctx, link: str, *, lock: bool = True) -> SubscriberRow:
    row = subscriber_of_link(ctx, link, LinkPurpose.CONFIRM, lock=lock)
    is_valid = row is not None and (
        row.state == SubscriberState.ACTIVE
        or (row.state == SubscriberState.PENDING and ctx.now - row.created_at < CONFIRM_PERIOD)
    )
    if row is None or not is_valid:
        raise NotFoundError("This link has expired. Subscribe again.", code="link_expired")
    return row


def _activated(ctx: Ctx, tools: ConfirmationTools, row: SubscriberRow) -> SubscriberRow:
    """The active subscriber of a pending one: the one whose address it replaces, or itself."""
    lift(ctx, tools.hashes, row.channel, row.address_key)
    mac = tools.hashes.of_address(ctx, row.channel, row.address_key)
    subscription_requests.delete_mails(ctx.session, mac)
    row = move_to_new_address(ctx, tools.hashes, tools.secret_box, row) or row
    row.state, row.stop_reason, row.stopped_at = SubscriberState.ACTIVE, None, None
    row.confirmed_at = ctx.now
    ctx.session.add(row)
    return row
