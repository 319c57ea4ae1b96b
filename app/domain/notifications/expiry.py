"""Expiry of notices: until when subscribers are notified of an event."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.domain.notifications.events import NoticeEvent

__all__ = ["expires_at"]

_DEFAULT = timedelta(hours=24)
_BY_EVENT: Mapping[NoticeEvent, timedelta] = {
    NoticeEvent.INCIDENT_POSTMORTEM: timedelta(hours=72),
    NoticeEvent.SUBSCRIPTION_CONFIRM: timedelta(hours=1),
    NoticeEvent.TEST: timedelta(hours=1),
}
# These are news when the window is over, too.
_OUTLAST_THE_WINDOW = frozenset(
    {NoticeEvent.MAINTENANCE_COMPLETED, NoticeEvent.MAINTENANCE_CANCELLED}
)


def expires_at(
    event: NoticeEvent, made_at: datetime, window: tuple[datetime, datetime] | None = None
) -> datetime:
    """When a notice of `event` expires; `window` is the start and end of a maintenance window.

    A reminder expires when its window starts. Other notices of a maintenance expire at the end of
    the window; those that are made later than that, and those of its end, after a day.
    """
    if window is not None:
        starts_at, ends_at = window
        if event is NoticeEvent.MAINTENANCE_REMINDER:
            return starts_at
        if event not in _OUTLAST_THE_WINDOW and ends_at > made_at:
            return ends_at
    return made_at + _BY_EVENT.get(event, _DEFAULT)
