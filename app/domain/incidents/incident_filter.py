"""Filter of incidents in a list for staff."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["IncidentFilter", "IncidentState"]


class IncidentState(StrEnum):
    """State by which incidents are listed: a status, `open` (not resolved) or `draft`."""

    OPEN = "open"
    DRAFT = "draft"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Conditions on incidents; None matches every incident.

    `query` has words of the title in any language, `service` is the slug of a service that the
    incident names. The incident started at `since` or later, and before `until`.
    """

    query: str | None = None
    state: IncidentState | None = None
    service: str | None = None
    since: datetime | None = None
    until: datetime | None = None
