"""A notice as the rendering of its messages reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.notifications.events import NoticeEvent

__all__ = ["Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that subscribers are notified of.

    `thread` is `incident:PUBLICID`, `maintenance:PUBLICID`, `maintenance:PUBLICID/STAMP`, or
    `subscriber:PUBLICID` for what concerns one subscription. `update` is the public id of the
    update, None where an event has none: what was posted after it is not in the message.
    `details` has what else an event needs, such as the window that a reminder is about.
    """

    id: str
    event: NoticeEvent
    thread: str
    update: str | None
    details: Mapping[str, Any]
    made_at: datetime
