"""Webhooks of visitors: requests of the subscribe form, and the subscribers that they become.

The URL of a webhook is a secret. It is encrypted in the request too, until the worker handles it.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from app.db.queries.subscribers import subscribers, subscription_requests
from app.db.tables import SubscriberRow, SubscriptionRequestRow
from app.domain.errors import InvalidError, NotFoundError, UnavailableError
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.request_limits import (
    DAY,
    MOST_OF_HOST_IN_A_DAY,
)
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.ports.channel import WEBHOOK, Channel
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.notices.personal import HAS_CONTACT, record_personal_notice
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.contacts import hash_of_contact
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.addresses.mail_limits import count_mail, may_mail
from app.usecases.subscribers.availability import subscribable_channels
from app.usecases.subscribers.choices import (
    apply_choices,
    check_choices,
    choices_as_json,
    choices_from_json,
    followed_as_json,
)
from app.usecases.subscribers.requests.form_requests import accept_request
from app.usecases.subscribers.requests.new_addresses import REPLACES
from app.usecases.subscribers.requests.new_subscribers import new_subscriber
from app.usecases.subscribers.webhook_secrets import CONTACT, decrypted, new_key

__all__ = [
    "WebhookRequest",
    "WebhookTools",
    "checked_values",
    "handle_webhook",
    "is_subscribed",
    "record_webhook_request",
    "renew_request",
    "send_challenge",
]

_LONGEST_URL = 2_000
_ABOUT = "subscription_request"
# The field of a waiting request that has the encrypted values.
_SEALED = "sealed"
_STOPPED_BY_STAFF = StopReason.STAFF.value


@dataclass(frozen=True, slots=True)
class WebhookTools:
    """What webhooks of visitors are checked and stored with."""

    channel: Channel
    secret_box: SecretBox = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What a visitor submitted. `place` is the network address that it came from.

    `layout` is the value of the field `format` of the channel. `contact` is a mail address that is
    written to when the webhook is stopped; it can be empty. `replaces` is the public id of the
    subscriber whose URL this one replaces, and `key` the secret that signs its requests already.
    """

    url: str = field(repr=False)
    choices: Choices
    place: str = field(repr=False)
    layout: str = ""
    contact: str = field(default="", repr=False)
    is_trapped: bool = False
    key: str | None = field(default=None, repr=False)
    replaces: str | None = None


def record_webhook_request(
    ctx: Ctx, hashes: AddressHashes, tools: WebhookTools, request: WebhookRequest
) -> str:
    """Store a request for the worker; returns the secret that will sign the requests.

    The answer is equal for known and unknown URLs: where there is a subscription already, its
    former secret stays. Raises InvalidError, NotFoundError when visitors cannot subscribe with a
    webhook, UnavailableError (`subscriptions_busy`).
    """
    if WEBHOOK not in subscribable_channels(ctx):
        raise NotFoundError("Visitors cannot subscribe with a webhook.")
    values = checked_values(tools.channel, request.url, request.layout)
    contact = _checked_contact(request.contact)
    choices = check_choices(ctx, request.choices)
    key = request.key or new_key()
    row = accept_request(
        ctx, hashes, WEBHOOK, choices.language, request.place, is_trapped=request.is_trapped
    )
    if row is not None:
        sealed = json.dumps({"values": values, "key": key, CONTACT: contact})
        row.address = _address_key(values["url"])
        row.wishes = {
            **choices_as_json(choices),
            REPLACES: request.replaces,
            _SEALED: tools.secret_box.encrypt(sealed, _ABOUT),
        }
    return key


def handle_webhook(
    ctx: Ctx, hashes: AddressHashes, tools: WebhookTools, wishes: Mapping[str, Any]
) -> str:
    """Handle a request; returns its outcome.

    A new URL becomes a pending subscriber, which is sent a challenge; one that is subscribed is
    sent what it has. Raises InvalidError, KeyError or ValueError for what has left the page.
    """
    stored = json.loads(_opened(tools.secret_box, str(wishes[_SEALED])))
    return send_challenge(
        ctx, hashes, tools, stored, choices_from_json(wishes), replaces=wishes.get(REPLACES)
    )


def renew_request(row: SubscriptionRequestRow, secret_box: SecretBox) -> bool:
    """Encrypt the values of a waiting request with the present key; False with nothing to do.

    Raises UnavailableError when none of the keys encrypted them.
    """
    sealed = (row.wishes or {}).get(_SEALED)
    new = None if sealed is None else secret_box.renewed(sealed, _ABOUT)
    if new is not None:
        # A new object: a change inside the present one is not noticed.
        row.wishes = {**(row.wishes or {}), _SEALED: new}
    return new is not None


def send_challenge(  # what was submitted, and what it is checked and stored with
    ctx: Ctx,
    hashes: AddressHashes,
    tools: WebhookTools,
    stored: Mapping[str, Any],
    choices: Choices,
    *,
    replaces: str | None,
) -> str:
    """Send a challenge to a URL that is not subscribed; returns the outcome.

    `stored` has the `values` of the channel, the signing `key` and the `contact`. `replaces` is the
    public id of the subscriber whose URL this one replaces.
    """
    values: Mapping[str, str] = stored["values"]
    host, key = tools.channel.address(values), _address_key(values["url"])
    mac = hashes.of_address(ctx, WEBHOOK, key)
    of_host = hashes.of_address(ctx, "webhook host", host)
    subscription_requests.lock_count(ctx.session, of_host)
    subscription_requests.lock_count(ctx.session, mac)
    found = subscribers.find_by_key(ctx.session, WEBHOOK, key)
    if found is not None and found.stop_reason == _STOPPED_BY_STAFF:
        return "suppressed"
    if not _may_send(ctx, mac, of_host):
        return "limited"
    count_mail(ctx, mac)
    count_mail(ctx, of_host)
    if found is not None and found.state == SubscriberState.ACTIVE:
        asked = {"asked": followed_as_json(choices.followed)}
        record_personal_notice(ctx, found, NoticeEvent.SUBSCRIPTION_KNOWN, asked)
        return "known"
    pending = found or new_subscriber(ctx, WEBHOOK, host, key)
    apply_choices(ctx, pending, choices)
    _store(ctx, hashes, tools.secret_box, pending, stored)
    pending.state, pending.stop_reason, pending.stopped_at = SubscriberState.PENDING, None, None
    pending.created_at, pending.troubles = ctx.now, []
    if replaces not in {None, pending.public_id}:
        pending.options = {**pending.options, REPLACES: replaces}
    record_personal_notice(ctx, pending, NoticeEvent.SUBSCRIPTION_VERIFY, {})
    return "confirm"


def is_subscribed(ctx: Ctx, url: str) -> bool:
    """Whether there is an active subscriber with a URL."""
    found = subscribers.find_by_key(ctx.session, WEBHOOK, _address_key(url))
    return found is not None and found.state == SubscriberState.ACTIVE


def _store(
    ctx: Ctx,
    hashes: AddressHashes,
    secret_box: SecretBox,
    row: SubscriberRow,
    submitted: Mapping[str, Any],
) -> None:
    """Store the values, the key and the contact. One that was confirmed before keeps its key:
    anybody who knows the URL could replace it otherwise.
    """
    values, contact = submitted["values"], submitted[CONTACT]
    former: Mapping[str, str] = {}
    if row.confirmed_at is not None:
        # Encrypted with another FYR_SECRET_KEY: the key is lost to us too.
        with suppress(UnavailableError):
            former = decrypted(secret_box, row)
    stored = {"key": submitted["key"], **former, "url": values["url"]}
    if contact and hash_of_contact(ctx, hashes, contact) is not None:
        stored[CONTACT] = contact
    row.options = {name: value for name, value in values.items() if name != "url"} | {
        HAS_CONTACT: CONTACT in stored
    }
    row.secrets = secret_box.encrypt(json.dumps(stored), row.public_id)
    ctx.session.add(row)


def _opened(secret_box: SecretBox, sealed: str) -> str:
    """The decrypted values. Raises ValueError when FYR_SECRET_KEY has changed since."""
    try:
        return secret_box.decrypt(sealed, _ABOUT)
    except UnavailableError as error:
        raise ValueError(error.message) from None


def _may_send(ctx: Ctx, mac: str, of_host: str) -> bool:
    to_host, _ = subscription_requests.mails_since(ctx.session, of_host, ctx.now - DAY)
    return to_host < MOST_OF_HOST_IN_A_DAY and may_mail(ctx, mac)


def checked_values(channel: Channel, url: str, layout: str) -> dict[str, str]:
    """The values of the fields of the channel. Raises InvalidError."""
    url = url.strip()
    if len(url) > _LONGEST_URL:
        raise InvalidError("This URL is too long.", code="url_too_long", field="url")
    values = {"url": url, "format": layout}
    for name, problem in channel.check(values).items():
        raise InvalidError(problem.message, code=problem.code, field=name)
    return {name: value for name, value in values.items() if value}


def _checked_contact(contact: str) -> str:
    """The contact as an address, or "". Raises InvalidError (field `contact`)."""
    if not contact.strip():
        return ""
    try:
        return check_mail_address(contact).address
    except InvalidError as error:
        raise InvalidError(error.message, code=error.code, field="contact") from None


def _address_key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
