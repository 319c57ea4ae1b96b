"""Notices about one subscription, which go to its subscriber alone, at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.db.queries.subscribers import channels
from app.db.tables import DeliveryRow, NoticeRow, SubscriberRow
from app.domain.notifications.events import NoticeEvent, priority
from app.domain.notifications.lanes import lane_of
from app.domain.notifications.states import DeliveryState
from app.domain.statuses import Impact
from app.usecases.context import Ctx, new_id

__all__ = ["HAS_CONTACT", "record_personal_notice", "record_stop_notice"]

# The option of a subscriber of another channel that gave a mail address as its contact.
HAS_CONTACT = "has_contact"
_EMAIL = "email"
# A mail that a person waits for in front of a form is of no use much later.
_LIFETIME = timedelta(hours=1)


def record_personal_notice(
    ctx: Ctx,
    subscriber: SubscriberRow,
    event: NoticeEvent,
    details: Mapping[str, Any],
    *,
    due_at: datetime | None = None,
    channel: str | None = None,
) -> None:
    """Record a notice about a subscription, and its only delivery. There is no fan-out.

    It is sent at once, or at `due_at`, through the channel of the subscriber; through `email` to
    the contact of a subscriber of another one. `details` has no address: it stays when the
    subscriber is deleted.
    """
    public_id, thread = new_id(), f"subscriber:{subscriber.public_id}"
    ctx.session.flush()
    notice = NoticeRow(
        public_id=public_id,
        key=f"{event.value}/{subscriber.public_id}/{public_id}",
        event=event.value,
        thread=thread,
        subject_kind="subscriber",
        subject_id=subscriber.id,
        services=[],
        impact=Impact.NONE.value,
        priority=priority(event).value,
        details=dict(details),
        actor_kind=ctx.actor.kind.value,
        actor_name=ctx.actor.name,
        made_at=ctx.now,
        expires_at=(due_at or ctx.now) + _LIFETIME,
        cursor=0,
        fanned_out_at=ctx.now,
        audience=1,
    )
    ctx.session.add(notice)
    ctx.session.flush()
    ctx.session.add(
        DeliveryRow(
            public_id=new_id(),
            notice_id=notice.id or 0,
            subscriber_id=subscriber.id,
            channel=channel or subscriber.channel,
            lane=lane_of(channel or subscriber.channel, subscriber.address),
            thread=thread,
            state=DeliveryState.WAITING.value,
            priority=notice.priority,
            due_at=due_at or ctx.now,
            expires_at=notice.expires_at,
            attempts=0,
            made_at=ctx.now,
        )
    )


def record_stop_notice(ctx: Ctx, subscriber: SubscriberRow) -> bool:
    """Record that a subscriber was stopped, for the contact that it gave; whether it was recorded.

    Nothing is recorded without a contact, and while mail is not set up.
    """
    if not subscriber.options.get(HAS_CONTACT) or not channels.is_enabled(ctx.session, _EMAIL):
        return False
    event = NoticeEvent.SUBSCRIPTION_STOPPED
    record_personal_notice(ctx, subscriber, event, {}, channel=_EMAIL)
    return True
