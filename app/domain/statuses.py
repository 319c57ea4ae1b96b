"""The statuses of services, incidents and maintenances, and which of them is worse."""

from collections.abc import Iterable
from enum import StrEnum

__all__ = [
    "Impact",
    "IncidentStatus",
    "MaintenanceStatus",
    "ServiceStatus",
    "worst",
]


class ServiceStatus(StrEnum):
    """What a visitor sees of a service. The order of the members is the order of severity."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def severity(self) -> int:
        """0 for operational, rising with what a visitor suffers (statuspage_v2 section 5)."""
        return _SEVERITY[self]


_SEVERITY = {status: rank for rank, status in enumerate(ServiceStatus)}


class IncidentStatus(StrEnum):
    """How far the handling of an incident has come."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class MaintenanceStatus(StrEnum):
    """How far a planned window has come."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Impact(StrEnum):
    """How bad an incident is for its services, mildest first."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


def worst(statuses: Iterable[ServiceStatus]) -> ServiceStatus:
    """The most severe of `statuses`; operational when there are none."""
    return max(statuses, key=_SEVERITY.__getitem__, default=ServiceStatus.OPERATIONAL)
