"""Subscribers for staff: list, count, add, confirm, change, stop, start, erase, export.

Viewers see counts, editors masked addresses, admins addresses. Neither the audit log nor a log of
the program has an address: subscribers are named by their public ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from secrets import token_bytes
from typing import Any
from zoneinfo import ZoneInfo

from app.db.queries import services
from app.db.queries.page import page as queried_page
from app.db.queries.subscribers import subscribers
from app.db.queries.subscribers.subscribers import SubscriberFilter
from app.db.tables import SubscriberRow
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.states import ConfirmedVia, StopReason, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.notifications.subscribers.masking import masked_address
from app.domain.notifications.subscribers.subscriber import Subscriber
from app.domain.permissions import Action
from app.domain.validation import check_text
from app.usecases import audit
from app.usecases.context import Ctx
from app.usecases.notices.personal import record_personal_notice
from app.usecases.pagination import CursorPage, page_of
from app.usecases.subscribers.addresses.address_hashes import AddressHashes
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.addresses.mail_limits import count_mail, may_mail
from app.usecases.subscribers.addresses.suppressions import (
    SuppressionReason,
    lift,
    suppressed_for,
)
from app.usecases.subscribers.availability import EMAIL
from app.usecases.subscribers.choices import apply_choices, check_choices
from app.usecases.subscribers.own_subscription import data_of
from app.usecases.subscribers.records import subscriber_record, subscriber_records
from app.usecases.subscribers.removal import remove
from app.usecases.subscribers.requests.form_requests import is_busy
from app.usecases.subscribers.requests.new_addresses import can_change_url
from app.usecases.subscribers.requests.new_subscribers import SECRET_BYTES, new_subscriber
from app.usecases.subscribers.requests.webhook_requests import (
    WebhookTools,
    checked_values,
    is_subscribed,
    send_challenge,
)
from app.usecases.subscribers.webhook_secrets import CONTACT, decrypted

__all__ = [
    "DayOfSubscribers",
    "SubscriberCount",
    "SubscriberFilter",
    "add_subscriber",
    "change_subscriber",
    "change_url",
    "count_by_day",
    "count_subscribers",
    "erase_subscriber",
    "export_batch",
    "exported_fields",
    "find_by_address",
    "get_subscriber",
    "is_form_busy",
    "list_subscribers",
    "record_export",
    "renew_links",
    "search_address",
    "send_confirmation",
    "start_subscriber",
    "stop_subscriber",
    "subscriber_data",
]

_MAX_REASON = 500
_EXPORT_BATCH = 500
_SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class SubscriberCount:
    """The number of subscribers of a channel in a state and a language."""

    channel: str
    state: SubscriberState
    language: str
    number: int


@dataclass(frozen=True, slots=True)
class DayOfSubscribers:
    """The numbers of one day: subscriptions that were confirmed, and those that ended."""

    on: date
    confirmed: int
    ended: int


def count_subscribers(ctx: Ctx) -> tuple[SubscriberCount, ...]:
    """The numbers of subscribers besides rooms. Raises ForbiddenError."""
    ctx.require(Action.READ)
    return tuple(
        SubscriberCount(channel, SubscriberState(state), language, number)
        for channel, state, language, number in subscribers.count_by_group(ctx.session)
    )


def count_by_day(ctx: Ctx) -> tuple[DayOfSubscribers, ...]:
    """How many subscribers were confirmed and ended on each of the last days, newest first.

    Days are those of the time zone of the page. Raises ForbiddenError.
    """
    ctx.require(Action.READ)
    zone = ZoneInfo(queried_page.read_page(ctx.session).time_zone)
    today = ctx.now.astimezone(zone).date()
    days = [today - timedelta(days=ago) for ago in range(_SHOWN_DAYS - 1, -2, -1)]
    bounds = [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]
    confirmed = subscribers.confirmed_between(ctx.session, bounds)
    ended = subscribers.ended_between(ctx.session, bounds)
    found = zip(days, confirmed, ended, strict=False)
    return tuple(DayOfSubscribers(*each) for each in found)[::-1]


def is_form_busy(ctx: Ctx) -> bool:
    """Whether requests of the subscribe form wait, because there are too many. For viewers, too.

    Raises ForbiddenError.
    """
    ctx.require(Action.READ)
    return is_busy(ctx)


def list_subscribers(
    ctx: Ctx,
    filters: SubscriberFilter,
    *,
    service: str | None = None,
    cursor: str | None,
    limit: int,
) -> CursorPage[Subscriber]:
    """Subscribers besides rooms, newest first; `service` is a slug.

    Raises ForbiddenError, InvalidError for an unknown service or a foreign cursor.
    """
    ctx.require(Action.EDIT)
    if service is not None:
        found = services.find_services(ctx.session, [service]).get(service)
        if found is None:
            raise InvalidError("There is no such service.", code="unknown_service", field="service")
        filters = replace(filters, service=found.id)
    page = page_of(
        lambda before, size: subscribers.list_subscribers(
            ctx.session, filters, before=before, limit=size
        ),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    records = subscriber_records(ctx, page.items)
    return CursorPage(tuple(_visible(ctx, each) for each in records), page.next)


def get_subscriber(ctx: Ctx, public_id: str) -> Subscriber:
    """A subscriber. Raises ForbiddenError, NotFoundError."""
    ctx.require(Action.EDIT)
    return _record(ctx, _found(ctx, public_id, lock=False))


def search_address(ctx: Ctx, address: str) -> tuple[Subscriber, ...]:
    """The subscriber with a mail address, if there is one. For admins.

    Raises ForbiddenError, InvalidError.
    """
    ctx.require(Action.CONFIGURE)
    key = check_mail_address(address).key
    row = subscribers.find_by_key(ctx.session, EMAIL, key, lock=False)
    return () if row is None else (subscriber_record(ctx, row),)


def find_by_address(ctx: Ctx, address: str) -> Subscriber:
    """The subscriber with a mail address. For admins.

    Raises ForbiddenError, InvalidError, NotFoundError.
    """
    found = search_address(ctx, address)
    if not found:
        raise NotFoundError("There is no such subscriber.", code="subscriber_not_found")
    return found[0]


def add_subscriber(
    ctx: Ctx, hashes: AddressHashes, address: str, choices: Choices, *, vouched: str | None = None
) -> Subscriber:
    """Add a subscriber by mail. For admins.

    A mail asks the owner of the address to confirm. With `vouched`, which says how the owner has
    agreed, the subscriber is active at once. Raises ForbiddenError, InvalidError, ConflictError
    when the address has a subscriber already or is suppressed.
    """
    ctx.require(Action.CONFIGURE)
    checked = check_mail_address(address)
    reason = None if vouched is None else check_text(vouched, field="vouched", limit=_MAX_REASON)
    check_choices(ctx, choices)
    mac = hashes.of_address(ctx, EMAIL, checked.key)
    if subscribers.find_by_key(ctx.session, EMAIL, checked.key) is not None:
        raise ConflictError(
            "There is a subscriber with this address.", code="address_taken", field="address"
        )
    if suppressed_for(ctx, mac) is not None:
        raise ConflictError(
            "The address is suppressed: its owner has unsubscribed, or mails to it came back.",
            code="address_suppressed",
            field="address",
        )
    row = new_subscriber(ctx, EMAIL, checked.address, checked.key)
    apply_choices(ctx, row, choices)
    if reason is None:
        record_personal_notice(ctx, row, NoticeEvent.SUBSCRIPTION_CONFIRM, {})
    else:
        row.state, row.confirmed_at = SubscriberState.ACTIVE, ctx.now
        row.confirmed_via, row.proof = ConfirmedVia.STAFF, reason
    _audit(ctx, "add", row, {"state": row.state, "vouched": reason is not None})
    return subscriber_record(ctx, row)


def change_subscriber(ctx: Ctx, public_id: str, choices: Choices) -> Subscriber:
    """Change the choices of a subscriber. Raises ForbiddenError, NotFoundError, InvalidError."""
    ctx.require(Action.EDIT)
    row = _found(ctx, public_id)
    check_choices(ctx, choices, present=subscriber_record(ctx, row).choices.followed)
    apply_choices(ctx, row, choices)
    _audit(ctx, "change", row, None)
    return _record(ctx, row)


def change_url(
    ctx: Ctx, hashes: AddressHashes, tools: WebhookTools, public_id: str, url: str
) -> Subscriber:
    """Ask the program at another URL to confirm that it replaces that of a webhook. For admins.

    Until it does, the present URL stays. Raises ForbiddenError, NotFoundError, InvalidError,
    ConflictError when the subscriber is no webhook in use, the URL has a subscription, or it or its
    host was asked too often. Raises UnavailableError when the secrets cannot be decrypted.
    """
    ctx.require(Action.CONFIGURE)
    row = _found(ctx, public_id)
    if not can_change_url(row):
        raise ConflictError("Only a webhook in use has a URL.", code="no_url", field="url")
    values = checked_values(tools.channel, url, str(row.options.get("format", "")))
    key = decrypted(tools.secret_box, row)["key"]
    if row.state == SubscriberState.ACTIVE and is_subscribed(ctx, values["url"]):
        raise ConflictError("There is a subscriber with this URL.", code="url_taken", field="url")
    outcome = send_challenge(
        ctx,
        hashes,
        tools,
        {"values": values, "key": key, CONTACT: ""},
        subscriber_record(ctx, row).choices,
        replaces=row.public_id,
    )
    if outcome != "confirm":
        raise ConflictError(
            "This URL was asked to confirm lately, or is stopped. Try again later.",
            code="mail_limit",
            field="url",
        )
    _audit(ctx, "change_url", row, None)
    return _record(ctx, row)


def send_confirmation(ctx: Ctx, hashes: AddressHashes, public_id: str) -> Subscriber:
    """Send the mail to confirm again, with 48 hours from now.

    Raises ForbiddenError, NotFoundError, ConflictError when there is nothing to confirm or the
    address was sent too many mails.
    """
    ctx.require(Action.EDIT)
    row = _found(ctx, public_id)
    if row.state != SubscriberState.PENDING:
        raise ConflictError("The subscription is confirmed.", code="subscriber_confirmed")
    row.created_at = ctx.now
    mac = hashes.of_address(ctx, row.channel, row.address_key)
    _mail(ctx, mac, row, NoticeEvent.SUBSCRIPTION_CONFIRM)
    _audit(ctx, "confirm", row, None)
    return _record(ctx, row)


def renew_links(ctx: Ctx, hashes: AddressHashes, public_id: str) -> Subscriber:
    """Replace the links of a subscriber, and send the new ones; the former stop working.

    For admins. Raises ForbiddenError, NotFoundError, ConflictError when the subscriber is not
    active or was sent too many mails.
    """
    ctx.require(Action.CONFIGURE)
    row = _found(ctx, public_id)
    if row.state != SubscriberState.ACTIVE:
        raise ConflictError("The subscriber is not active.", code="subscriber_not_active")
    row.secret = token_bytes(SECRET_BYTES)
    ctx.session.add(row)
    mac = hashes.of_address(ctx, row.channel, row.address_key)
    _mail(ctx, mac, row, NoticeEvent.SUBSCRIPTION_MANAGE)
    _audit(ctx, "renew", row, None)
    return _record(ctx, row)


def stop_subscriber(ctx: Ctx, public_id: str) -> Subscriber:
    """Send nothing to a subscriber any more. Repeating is harmless.

    After 30 days it is deleted and its address suppressed. Raises ForbiddenError, NotFoundError.
    """
    ctx.require(Action.EDIT)
    row = _found(ctx, public_id)
    if row.state != SubscriberState.STOPPED:
        row.state, row.stop_reason = SubscriberState.STOPPED, StopReason.STAFF
        row.stopped_at = ctx.now
        ctx.session.add(row)
        subscribers.withdraw_deliveries(ctx.session, row.id or 0, ctx.now)
        _audit(ctx, "stop", row, None)
    return _record(ctx, row)


def start_subscriber(ctx: Ctx, hashes: AddressHashes, public_id: str) -> Subscriber:
    """Start a stopped subscriber, also after a complaint. Repeating is harmless.

    Raises ForbiddenError, NotFoundError, ConflictError when it was never confirmed.
    """
    ctx.require(Action.EDIT)
    row = _found(ctx, public_id)
    if row.confirmed_at is None:
        raise ConflictError("The subscription was never confirmed.", code="subscriber_unconfirmed")
    if row.state == SubscriberState.STOPPED:
        former = row.stop_reason
        row.state, row.stop_reason, row.stopped_at = SubscriberState.ACTIVE, None, None
        row.troubles = []
        ctx.session.add(row)
        lift(ctx, hashes, row.channel, row.address_key)
        _audit(ctx, "start", row, {"stop_reason": former})
    return _record(ctx, row)


def erase_subscriber(ctx: Ctx, hashes: AddressHashes, public_id: str) -> None:
    """Delete a subscriber, and suppress its address. For admins.

    Raises ForbiddenError, NotFoundError.
    """
    ctx.require(Action.CONFIGURE)
    row = _found(ctx, public_id)
    _audit(ctx, "erase", row, None)
    remove(ctx, hashes, row, SuppressionReason.ERASED)


def subscriber_data(ctx: Ctx, public_id: str) -> Mapping[str, Any]:
    """All that is stored about a subscriber, as JSON values. For admins.

    Raises ForbiddenError, NotFoundError.
    """
    ctx.require(Action.CONFIGURE)
    return data_of(ctx, _found(ctx, public_id, lock=False))


def export_batch(ctx: Ctx, *, after: int) -> tuple[Sequence[Subscriber], int | None]:
    """The next subscribers of an export, oldest first, and where the following ones begin.

    For admins. Raises ForbiddenError.
    """
    ctx.require(Action.CONFIGURE)
    rows = subscribers.next_subscribers(ctx.session, after=after, limit=_EXPORT_BATCH)
    more = rows[-1].id if len(rows) == _EXPORT_BATCH else None
    return subscriber_records(ctx, rows), more


def exported_fields(subscriber: Subscriber) -> Mapping[str, Any]:
    """The line of an export: JSON values with the names of the columns that an import reads."""
    choices, at = subscriber.choices, subscriber.confirmed_at
    return {
        "id": subscriber.id,
        "channel": subscriber.channel,
        "address": subscriber.address,
        "state": subscriber.state.value,
        "language": choices.language,
        "time_zone": choices.time_zone,
        "services": list(choices.followed.services),
        "only_incidents": list(choices.followed.incidents),
        "only_maintenances": list(choices.followed.maintenances),
        "incidents": choices.incidents.value,
        "maintenances": choices.maintenances.value,
        "minimum": choices.minimum.value,
        "created_at": subscriber.created_at.isoformat(),
        "confirmed_at": None if at is None else at.isoformat(),
        "confirmed_via": subscriber.confirmed_via,
        "proof": subscriber.proof,
    }


def record_export(ctx: Ctx) -> None:
    """Record in the audit log that all subscribers are exported. Raises ForbiddenError."""
    ctx.require(Action.CONFIGURE)
    audit.record(ctx, "subscriber.export", "subscriber", "")


def _record(ctx: Ctx, row: SubscriberRow) -> Subscriber:
    return _visible(ctx, subscriber_record(ctx, row))


def _visible(ctx: Ctx, record: Subscriber) -> Subscriber:
    """The record with its address masked, unless the actor may read addresses."""
    if ctx.may(Action.CONFIGURE):
        return record
    return replace(record, address=masked_address(record.address))


def _found(ctx: Ctx, public_id: str, *, lock: bool = True) -> SubscriberRow:
    find = subscribers.lock_subscriber if lock else subscribers.find_subscriber
    return _not_missing(find(ctx.session, public_id))


def _not_missing(row: SubscriberRow | None) -> SubscriberRow:
    if row is None or row.is_room:
        raise NotFoundError("There is no such subscriber.", code="subscriber_not_found")
    return row


def _mail(ctx: Ctx, mac: str, row: SubscriberRow, event: NoticeEvent) -> None:
    if not may_mail(ctx, mac):
        raise ConflictError(
            "This address was sent such a mail lately. Try again later.", code="mail_limit"
        )
    count_mail(ctx, mac)
    record_personal_notice(ctx, row, event, {})


def _audit(ctx: Ctx, action: str, row: SubscriberRow, after: Mapping[str, Any] | None) -> None:
    audit.record(ctx, f"subscriber.{action}", "subscriber", row.public_id, after=after)
