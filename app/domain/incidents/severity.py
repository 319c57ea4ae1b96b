"""Severity of an incident as a service status: how bad it is now, and how bad it was."""

from collections.abc import Mapping

from app.domain.incidents.impact import impact_of
from app.domain.records import IncidentRecord
from app.domain.statuses import Impact, ServiceStatus, worst

__all__ = ["current_severity", "overall_severity"]

_STATUS: Mapping[Impact, ServiceStatus] = {
    Impact.NONE: ServiceStatus.OPERATIONAL,
    Impact.MINOR: ServiceStatus.DEGRADED_PERFORMANCE,
    Impact.MAJOR: ServiceStatus.PARTIAL_OUTAGE,
    Impact.CRITICAL: ServiceStatus.MAJOR_OUTAGE,
}


def overall_severity(incident: IncidentRecord) -> ServiceStatus:
    """The impact of the incident as a service status; operational for the impact `none`."""
    return _STATUS[incident.impact]


def current_severity(incident: IncidentRecord) -> ServiceStatus:
    """The worst status that the incident gives a service now, or the impact that staff chose.

    The derived impact never decreases (Statuspage's rule), so it does not say how bad it is now.
    """
    derived = impact_of(each.status for update in incident.updates for each in update.services)
    if incident.impact is not derived:
        return overall_severity(incident)
    return worst(each.status for each in incident.services)
