"""Filter of inbound events in a list for staff."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.alerts.sources import EventVerdict

__all__ = ["EventFilter"]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on inbound events; None matches every event.

    The event was received at `since` or later, and before `until`.
    """

    verdict: EventVerdict | None = None
    since: datetime | None = None
    until: datetime | None = None
