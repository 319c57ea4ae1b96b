"""Handling of requests by the worker: subscribers that have to confirm, and the mails for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.db.queries.subscribers import subscribers, subscription_requests
from app.db.tables import SubscriberRow, SubscriptionRequestRow
from app.domain.errors import InvalidError
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.request_limits import HOUR
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.ports.channel import WEBHOOK
from app.usecases.context import Ctx
from app.usecases.notices.counters import count_request
from app.usecases.notices.personal import record_personal_notice
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import MailAddress, check_mail_address
from app.usecases.subscribers.addresses.mail_limits import count_mail, may_mail
from app.usecases.subscribers.addresses.suppressions import (
    SuppressionReason,
    suppress,
    suppressed_for,
)
from app.usecases.subscribers.choices import (
    apply_choices,
    choices_from_json,
    followed_as_json,
)
from app.usecases.subscribers.requests.form_requests import SENT, may_send
from app.usecases.subscribers.requests.new_addresses import REPLACES
from app.usecases.subscribers.requests.new_subscribers import new_subscriber
from app.usecases.subscribers.requests.webhook_requests import WebhookTools, handle_webhook

__all__ = ["handle_next_request", "has_requests"]

# Requests do not start these again: staff do.
_STOPPED_FOR_GOOD = frozenset({StopReason.COMPLAINED.value, StopReason.STAFF.value})


@dataclass(frozen=True, slots=True)
class _Request:
    """One request with its address and the hash of that."""

    address: MailAddress = field(repr=False)
    mac: str
    channel: str
    choices: Choices
    replaces: str | None


def has_requests(ctx: Ctx) -> bool:
    """Whether a request waits."""
    return subscription_requests.has_request(ctx.session)


def handle_next_request(
    ctx: Ctx, hashes: AddressHashes, webhooks: WebhookTools | None = None
) -> bool:
    """Handle the next request; False when there is none, or when no mail may be sent now.

    Its address and choices are removed from it. A new address becomes a pending subscriber that is
    sent a mail to confirm, an active one a mail that says what it has. A webhook is sent a request
    instead; without `webhooks`, none is.
    """
    if not may_send(ctx):
        return False
    row = subscription_requests.next_request(ctx.session, SENT, ctx.now - HOUR)
    if row is None:
        return False
    row.outcome = _outcome(ctx, hashes, webhooks, row)
    row.handled_at, row.address, row.wishes = ctx.now, None, None
    ctx.session.add(row)
    count_request(ctx, row.outcome)
    return True


def _outcome(
    ctx: Ctx, hashes: AddressHashes, webhooks: WebhookTools | None, row: SubscriptionRequestRow
) -> str:
    wishes: Mapping[str, Any] = row.wishes or {}
    try:
        if row.channel == WEBHOOK:
            return "invalid" if webhooks is None else handle_webhook(ctx, hashes, webhooks, wishes)
        address = check_mail_address(row.address or "")
        request = _Request(
            address,
            hashes.of_address(ctx, row.channel, address.key),
            row.channel,
            choices_from_json(wishes),
            wishes.get(REPLACES),
        )
        return _handle(ctx, hashes, request)
    except (InvalidError, KeyError, ValueError):
        # What was chosen has left the page since.
        return "invalid"


def _handle(ctx: Ctx, hashes: AddressHashes, request: _Request) -> str:
    if suppressed_for(ctx, request.mac) is SuppressionReason.COMPLAINED:
        return "suppressed"
    subscription_requests.lock_count(ctx.session, request.mac)
    found = subscribers.find_by_key(ctx.session, request.channel, request.address.key)
    if found is not None and found.stop_reason in _STOPPED_FOR_GOOD:
        return "suppressed"
    if not may_mail(ctx, request.mac):
        return "limited"
    if found is not None and found.state == SubscriberState.ACTIVE:
        asked = {"asked": followed_as_json(request.choices.followed)}
        _mail(ctx, request.mac, found, NoticeEvent.SUBSCRIPTION_KNOWN, asked)
        return "known"
    pending = found or new_subscriber(
        ctx, request.channel, request.address.address, request.address.key
    )
    apply_choices(ctx, pending, request.choices)
    if pending.state == SubscriberState.STOPPED:
        # Should it never be confirmed, the address stays suppressed.
        suppress(ctx, hashes, request.channel, request.address.key, SuppressionReason.BOUNCED)
        pending.state, pending.stop_reason = SubscriberState.PENDING, None
        pending.stopped_at = None
    pending.address, pending.created_at = request.address.address, ctx.now
    # A request of the form cancels a former one that replaces another address.
    pending.options = {**pending.options, REPLACES: request.replaces}
    _mail(ctx, request.mac, pending, NoticeEvent.SUBSCRIPTION_CONFIRM, {})
    return "confirm"


def _mail(
    ctx: Ctx, mac: str, row: SubscriberRow, event: NoticeEvent, details: Mapping[str, Any]
) -> None:
    count_mail(ctx, mac)
    record_personal_notice(ctx, row, event, details)
