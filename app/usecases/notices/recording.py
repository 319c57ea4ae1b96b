"""Recording of notices, in the transaction of the change that they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.db.queries.outbox import notices
from app.domain.notifications.events import NoticeEvent, priority
from app.domain.statuses import Impact
from app.usecases.context import Ctx, new_id

__all__ = ["NewNotice", "record_notice"]


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be recorded. Notices with one `key` are one notice.

    `thread`, `subject_kind` and `subject_id` say what it is about, `update_id` is the row of its
    update. `services` are the rows of every service that the subject names or has named.
    `details` has what the event needs besides, as JSON values.
    """

    event: NoticeEvent
    key: str
    thread: str
    subject_kind: str
    subject_id: int | None
    expires_at: datetime
    update_id: int | None = None
    services: Sequence[int] = ()
    impact: Impact = Impact.NONE
    details: Mapping[str, Any] = field(default_factory=dict)


def record_notice(ctx: Ctx, new: NewNotice) -> bool:
    """Record a notice; the worker notifies its audience later.

    Returns False, and changes nothing, when a notice with its key exists already.
    """
    return notices.add_notice(
        ctx.session,
        {
            "public_id": new_id(),
            "key": new.key,
            "event": new.event.value,
            "thread": new.thread,
            "subject_kind": new.subject_kind,
            "subject_id": new.subject_id,
            "update_id": new.update_id,
            "services": sorted(new.services),
            "impact": new.impact.value,
            "priority": priority(new.event).value,
            "details": dict(new.details),
            "actor_kind": ctx.actor.kind.value,
            "actor_name": ctx.actor.name,
            "made_at": ctx.now,
            "expires_at": new.expires_at,
            "cursor": 0,
        },
    )
