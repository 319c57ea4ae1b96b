"""A subscriber's own subscription: change it, read all that is stored, delete it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.queries.subscribers import subscription_requests
from app.db.tables import SubscriberRow
from app.domain.errors import ConflictError, NotFoundError, UnavailableError
from app.domain.notifications.events import IncidentLevel, MaintenanceLevel, NoticeEvent
from app.domain.notifications.states import StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.domain.notifications.subscribers.subscriber import SentDelivery, Subscriber
from app.ports.channel import WEBHOOK
from app.usecases.context import Ctx
from app.usecases.encryption import SecretBox
from app.usecases.notices.personal import record_personal_notice
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_limits import count_mail, may_mail
from app.usecases.subscribers.addresses.suppressions import SuppressionReason
from app.usecases.subscribers.choices import apply_choices, check_choices, choices_as_json
from app.usecases.subscribers.link_lookup import subscriber_of_link
from app.usecases.subscribers.records import deliveries_to, subscriber_record
from app.usecases.subscribers.removal import remove
from app.usecases.subscribers.requests.form_requests import FormRequest, record_request
from app.usecases.subscribers.requests.new_addresses import can_change_url
from app.usecases.subscribers.requests.webhook_requests import (
    WebhookRequest,
    WebhookTools,
    record_webhook_request,
)
from app.usecases.subscribers.web_push import WEB_PUSH
from app.usecases.subscribers.webhook_secrets import CONTACT, decrypted, rotate_key

__all__ = [
    "OwnSubscription",
    "change_choices",
    "delete_own",
    "own_subscription",
    "reduce_notifications",
    "renew_key",
    "request_new_address",
    "request_new_url",
    "stored_data",
    "subscription_to_end",
    "unsubscribe",
    "verify_again",
]

_SHOWN_DELIVERIES = 10
_ALL_DELIVERIES = 10_000
# What is encrypted of a subscriber and is its own, by channel. Keys are shown once, or never.
_ENCRYPTED: Mapping[str, tuple[str, ...]] = {
    WEBHOOK: ("url", CONTACT),
    WEB_PUSH: ("endpoint",),
}
_RESTARTABLE = frozenset({StopReason.FAILING.value, StopReason.GONE.value})


@dataclass(frozen=True, slots=True)
class OwnSubscription:
    """A subscriber and the latest deliveries to it, newest first."""

    subscriber: Subscriber
    deliveries: tuple[SentDelivery, ...]


def own_subscription(ctx: Ctx, link: str) -> OwnSubscription:
    """The subscription of a link to manage it. Raises NotFoundError (`link_expired`)."""
    row = _managed(ctx, link, lock=False)
    return OwnSubscription(
        subscriber_record(ctx, row), deliveries_to(ctx, row, limit=_SHOWN_DELIVERIES)
    )


def change_choices(ctx: Ctx, link: str, choices: Choices) -> Subscriber:
    """Change what a subscriber chose.

    Raises NotFoundError (`link_expired`), ConflictError when nothing is sent to the subscriber at
    present, InvalidError for a choice that is not on the page. What the subscriber follows already
    may have left the page.
    """
    row = _active(ctx, link)
    present = subscriber_record(ctx, row).choices.followed
    check_choices(ctx, choices, present=present)
    apply_choices(ctx, row, choices)
    return subscriber_record(ctx, row)


def request_new_address(
    ctx: Ctx, hashes: AddressHashes, link: str, address: str, place: str
) -> None:
    """Request that another address replaces that of a subscriber, once its owner confirms it.

    Raises as `record_request` does, NotFoundError (`link_expired`), ConflictError.
    """
    row = _active(ctx, link)
    choices = subscriber_record(ctx, row).choices
    record_request(ctx, hashes, FormRequest(address, choices, place, replaces=row.public_id))


def request_new_url(  # the request, its place, and what it is checked with
    ctx: Ctx, hashes: AddressHashes, tools: WebhookTools, link: str, url: str, place: str
) -> None:
    """Request that another URL replaces that of a webhook, once the program there confirms it.

    It is signed with the secret that the webhook has. One that was stopped, because its URL does
    not work, starts again with the new one. Raises as `record_webhook_request` does, NotFoundError
    (`link_expired`), ConflictError, UnavailableError.
    """
    row = _managed(ctx, link)
    if not can_change_url(row):
        raise ConflictError(
            "Nothing is sent to this address at present. Subscribe again.",
            code="subscriber_stopped",
        )
    request = WebhookRequest(
        url,
        subscriber_record(ctx, row).choices,
        place,
        str(row.options.get("format", "")),
        key=decrypted(tools.secret_box, row)["key"],
        replaces=row.public_id,
    )
    record_webhook_request(ctx, hashes, tools, request)


def renew_key(ctx: Ctx, secret_box: SecretBox, link: str) -> str:
    """Replace the secret of a webhook, and return it; the former one signs for a day too.

    Raises NotFoundError (`link_expired`), ConflictError, UnavailableError.
    """
    row = _active(ctx, link)
    if row.channel != WEBHOOK:
        raise ConflictError("Only webhooks are signed with a secret.", code="no_secret")
    return rotate_key(ctx, secret_box, row)


def verify_again(ctx: Ctx, hashes: AddressHashes, link: str) -> Subscriber:
    """Ask a webhook that was stopped, because delivery failed, to confirm again.

    It is pending until then. Raises NotFoundError (`link_expired`), ConflictError when it was not
    stopped for that (`subscriber_stopped`) or was asked lately (`asked_lately`).
    """
    row = _managed(ctx, link)
    if row.channel != WEBHOOK or row.stop_reason not in _RESTARTABLE:
        raise ConflictError(
            "This subscription cannot be started again here.", code="subscriber_stopped"
        )
    mac = hashes.of_address(ctx, row.channel, row.address_key)
    subscription_requests.lock_count(ctx.session, mac)
    if not may_mail(ctx, mac):
        raise ConflictError("This URL was asked lately. Try again later.", code="asked_lately")
    count_mail(ctx, mac)
    row.state, row.stop_reason, row.stopped_at = SubscriberState.PENDING, None, None
    row.created_at, row.troubles = ctx.now, []
    ctx.session.add(row)
    record_personal_notice(ctx, row, NoticeEvent.SUBSCRIPTION_VERIFY, {})
    return subscriber_record(ctx, row)


def stored_data(ctx: Ctx, secret_box: SecretBox, link: str) -> Mapping[str, Any]:
    """All that is stored about a subscriber, as JSON values, but keys. Raises NotFoundError.

    A URL, an endpoint of a browser and a contact are None when they were encrypted with another
    FYR_SECRET_KEY.
    """
    row = _managed(ctx, link, lock=False)
    names = _ENCRYPTED.get(row.channel, ())
    own: Mapping[str, str] = {}
    with suppress(UnavailableError):
        own = decrypted(secret_box, row)
    return {**data_of(ctx, row), **{name: own.get(name) for name in names}}


def data_of(ctx: Ctx, row: SubscriberRow) -> Mapping[str, Any]:
    """All that is stored about a subscriber, as JSON values, but what is stored encrypted."""
    record = subscriber_record(ctx, row)
    return {
        "id": record.id,
        "channel": record.channel,
        "address": record.address,
        "choices": choices_as_json(record.choices),
        "state": record.state.value,
        "stop_reason": record.stop_reason,
        "stopped_at": _time(record.stopped_at),
        "created_at": _time(record.created_at),
        "confirmed_at": _time(record.confirmed_at),
        "confirmed_via": record.confirmed_via,
        "proof": record.proof,
        "last_sent_at": _time(record.last_sent_at),
        "failures": row.troubles,
        "deliveries": [
            {
                "event": each.event,
                "thread": each.thread,
                "state": each.state.value,
                "made_at": _time(each.made_at),
                "finished_at": _time(each.finished_at),
            }
            for each in deliveries_to(ctx, row, limit=_ALL_DELIVERIES)
        ],
    }


def delete_own(ctx: Ctx, hashes: AddressHashes, link: str) -> None:
    """Delete a subscriber by its link to manage it. One that is deleted already stays so."""
    row = subscriber_of_link(ctx, link, LinkPurpose.MANAGE)
    if row is not None:
        remove(ctx, hashes, row, SuppressionReason.UNSUBSCRIBED)


# -- by the link to unsubscribe, which can do nothing else ---------------------------------------


def subscription_to_end(ctx: Ctx, link: str) -> Subscriber | None:
    """The subscription that a link ends; None when it has ended, or there never was one."""
    row = subscriber_of_link(ctx, link, LinkPurpose.UNSUBSCRIBE, lock=False)
    return None if row is None else subscriber_record(ctx, row)


def unsubscribe(ctx: Ctx, hashes: AddressHashes, link: str) -> None:
    """Delete the subscriber of a link to unsubscribe. Repeating is harmless."""
    row = subscriber_of_link(ctx, link, LinkPurpose.UNSUBSCRIBE)
    if row is not None:
        remove(ctx, hashes, row, SuppressionReason.UNSUBSCRIBED)


def reduce_notifications(ctx: Ctx, link: str) -> bool:
    """Notify the subscriber of a link only of beginnings and ends; False when there is none."""
    row = subscriber_of_link(ctx, link, LinkPurpose.UNSUBSCRIBE)
    if row is None or row.state != SubscriberState.ACTIVE:
        return False
    if row.incidents == IncidentLevel.ALL:
        row.incidents = IncidentLevel.ENDS
    if row.maintenances == MaintenanceLevel.ALL:
        row.maintenances = MaintenanceLevel.PLANNED
    ctx.session.add(row)
    return True


def _managed(ctx: Ctx, link: str, *, lock: bool = True) -> SubscriberRow:
    row = subscriber_of_link(ctx, link, LinkPurpose.MANAGE, lock=lock)
    if row is None or row.state == SubscriberState.PENDING:
        raise NotFoundError("This link is not valid any more.", code="link_expired")
    return row


def _active(ctx: Ctx, link: str) -> SubscriberRow:
    row = _managed(ctx, link)
    if row.state != SubscriberState.ACTIVE:
        raise ConflictError(
            "Nothing is sent to this address at present. Subscribe again.",
            code="subscriber_stopped",
        )
    return row


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
