"""Statuses of services, incidents and maintenances, impact of incidents, and their severity."""

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
    """Status of a service. The members are in order of severity, mildest first."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def severity(self) -> int:
        """Rank of the status: 0 for operational, rising with the severity."""
        return _SEVERITY[self]


_SEVERITY = {status: rank for rank, status in enumerate(ServiceStatus)}


class IncidentStatus(StrEnum):
    """Status of an incident, as set by its latest update."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class MaintenanceStatus(StrEnum):
    """Status of a maintenance window."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Impact(StrEnum):
    """Impact of an incident on its services, mildest first."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


def worst(statuses: Iterable[ServiceStatus]) -> ServiceStatus:
    """The most severe of `statuses`; operational when there are none."""
    return max(statuses, key=_SEVERITY.__getitem__, default=ServiceStatus.OPERATIONAL)
