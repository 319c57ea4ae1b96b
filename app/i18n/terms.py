"""English labels of statuses, marked for translation."""

from collections.abc import Mapping

from app.domain.phrases import N_
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = ["INCIDENT_STATUS", "MAINTENANCE_STATUS", "SERVICE_STATUS"]

SERVICE_STATUS: Mapping[ServiceStatus, str] = {
    ServiceStatus.OPERATIONAL: N_("Operational"),
    ServiceStatus.UNDER_MAINTENANCE: N_("Under maintenance"),
    ServiceStatus.DEGRADED_PERFORMANCE: N_("Degraded performance"),
    ServiceStatus.PARTIAL_OUTAGE: N_("Partial outage"),
    ServiceStatus.MAJOR_OUTAGE: N_("Major outage"),
}

INCIDENT_STATUS: Mapping[IncidentStatus, str] = {
    IncidentStatus.INVESTIGATING: N_("Investigating"),
    IncidentStatus.IDENTIFIED: N_("Identified"),
    IncidentStatus.MONITORING: N_("Monitoring"),
    IncidentStatus.RESOLVED: N_("Resolved"),
}

MAINTENANCE_STATUS: Mapping[MaintenanceStatus, str] = {
    MaintenanceStatus.SCHEDULED: N_("Scheduled"),
    MaintenanceStatus.IN_PROGRESS: N_("In progress"),
    MaintenanceStatus.VERIFYING: N_("Verifying"),
    MaintenanceStatus.COMPLETED: N_("Completed"),
    MaintenanceStatus.CANCELLED: N_("Cancelled"),
}
