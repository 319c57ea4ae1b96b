"""Messages: the facts that a notice is rendered from, and the stored texts, which never change."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from app.db.queries.outbox import messages, notices
from app.db.queries.subscribers import subscribers
from app.db.tables import NoticeRow
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.notice import Notice
from app.domain.page.listing import PageListing
from app.domain.page.pages import PageFacts
from app.domain.page.subscribing import SubscriptionSummary
from app.domain.permissions import Action
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.ports.channel import Card, InlinePicture, Message
from app.usecases.context import Ctx, required
from app.usecases.outbox.progress import required_notice
from app.usecases.outbox.records import record_of
from app.usecases.page.logo import with_mail_logo
from app.usecases.public.listing import listing
from app.usecases.public.pages import facts
from app.usecases.public.subscription_summary import subscription_summary
from app.usecases.subscribers.choices import followed_from_json

__all__ = [
    "MessageFacts",
    "StoredMessage",
    "facts_of",
    "facts_of_notice",
    "find_message",
    "store_message",
]


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a notice is rendered from. `record` is None for a notice about one subscription.

    `listing` is that of the page, for the calendar event and for documents in Statuspage's form;
    None without a record. `subscription` is what the subscriber gets whom a notice is about; None
    for other notices, and when the subscriber is gone. `pictures` are those of the logo of the page
    that mails contain.
    """

    notice: Notice
    page: PageFacts
    record: IncidentRecord | MaintenanceRecord | None
    listing: PageListing | None
    subscription: SubscriptionSummary | None = None
    pictures: tuple[InlinePicture, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with the number of its row."""

    number: int
    message: Message


def facts_of(ctx: Ctx, notice_id: int, base_url: str) -> MessageFacts | None:
    """The facts for rendering a notice; None when visitors may not see what it is about."""
    row = notices.find_notice(ctx.session, notice_id)
    if row is None:
        return None
    record = record_of(ctx, row)
    if record is None and row.subject_kind in {"incident", "maintenance"}:
        return None
    update = notices.update_of(ctx.session, row)
    notice = Notice(
        row.public_id, NoticeEvent(row.event), row.thread, update, row.details, row.made_at
    )
    listed = None if record is None else listing(ctx, base_url)
    page, pictures = with_mail_logo(ctx, facts(ctx, base_url))
    return MessageFacts(notice, page, record, listed, _subscription(ctx, row), pictures)


def _subscription(ctx: Ctx, notice: NoticeRow) -> SubscriptionSummary | None:
    if notice.subject_kind != "subscriber" or notice.subject_id is None:
        return None
    row = subscribers.subscriber_by_number(ctx.session, notice.subject_id)
    asked = notice.details.get("asked")
    followed = None if asked is None else followed_from_json(asked)
    return None if row is None else subscription_summary(ctx, row, followed)


def facts_of_notice(ctx: Ctx, public_id: str, base_url: str) -> MessageFacts:
    """The facts for rendering the notice with a public id, for staff.

    Raises ForbiddenError, and NotFoundError also when visitors may not see what it is about.
    """
    ctx.require(Action.EDIT)
    found = facts_of(ctx, required_notice(ctx, public_id).id or 0, base_url)
    return required(found, "Visitors may not see what it is about.", code="notice_not_found")


def find_message(ctx: Ctx, notice_id: int, language: str, time_zone: str) -> StoredMessage | None:
    """The stored message of a notice in a language and time zone; None before it is rendered."""
    row = messages.find_message(ctx.session, notice_id, language, time_zone)
    if row is None:
        return None
    pictures = tuple(
        _shared(InlinePicture(each.content_id, each.content))
        for each in messages.pictures_of(ctx.session, row.id or 0)
    )
    return StoredMessage(row.id or 0, replace(message_from_json(row.content), pictures=pictures))


@lru_cache(maxsize=4)
def _shared(picture: InlinePicture) -> InlinePicture:
    """One object for all messages with an equal picture, which are remembered for a while."""
    return picture


def store_message(
    ctx: Ctx, notice_id: int, language: str, time_zone: str, message: Message
) -> StoredMessage:
    """Store a rendered message; returns the message that was stored first.

    Whichever worker stores it first, all recipients get these words.
    """
    # Pictures are stored once for all messages; the HTML names each by its hash.
    content = asdict(replace(message, pictures=()))
    del content["pictures"]
    text = json.dumps(content, sort_keys=True, default=str)
    number = messages.add_message(
        ctx.session,
        {
            "notice_id": notice_id,
            "language": language,
            "time_zone": time_zone,
            "content": json.loads(text),
            "is_foreign": message.is_foreign,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "made_at": ctx.now,
        },
    )
    if number is not None:
        for each in message.pictures:
            messages.add_picture(ctx.session, number, each.content_id, each.content, ctx.now)
    found = find_message(ctx, notice_id, language, time_zone)
    if found is None:
        raise RuntimeError("A message that was stored is not there.")
    return found


def message_from_json(content: Mapping[str, Any]) -> Message:
    """The message that `store_message` stored as JSON."""
    card = content["card"]
    facts_shown = tuple((label, value) for label, value in card["facts"])
    return Message(
        **{
            **content,
            "event": NoticeEvent(content["event"]),
            "card": Card(**{**card, "facts": facts_shown}),
        }
    )
