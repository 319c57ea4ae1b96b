"""Filter of maintenances in a list for staff."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["MaintenanceFilter", "MaintenanceState"]


class MaintenanceState(StrEnum):
    """State by which maintenances are listed: a status, or `draft`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MaintenanceFilter:
    """Conditions on maintenances; None matches every maintenance.

    `query` has words of the title in any language, `service` is the slug of a service. The status
    of a recurring maintenance is that of the window that is going on, or of the next one, or of the
    last. The first window starts before `until`; a maintenance that does not recur starts at
    `since` or later.
    """

    query: str | None = None
    state: MaintenanceState | None = None
    service: str | None = None
    since: datetime | None = None
    until: datetime | None = None
