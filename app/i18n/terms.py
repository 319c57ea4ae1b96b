"""English labels of statuses and sentences of the banner, marked for translation."""

from collections.abc import Mapping

from app.domain.incidents.impact import BannerText
from app.domain.phrases import N_
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = ["BANNER", "INCIDENT_STATUS", "MAINTENANCE_STATUS", "SERVICE_STATUS"]

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

# Each sentence must hold for every combination of service statuses that leads to it.
BANNER: Mapping[BannerText, str] = {
    BannerText.OPERATIONAL: N_("All services are working"),
    BannerText.MAINTENANCE: N_("Planned maintenance is under way"),
    BannerText.PARTIALLY_DEGRADED: N_("Some services are slower or less reliable than usual"),
    BannerText.DEGRADED_SYSTEM: N_("All services are slower or less reliable than usual"),
    BannerText.MINOR_OUTAGE: N_("Partial outage of some services"),
    BannerText.PARTIAL_OUTAGE: N_("Partial outage of our services"),
    BannerText.MAJOR_OUTAGE: N_("Major outage of our services"),
}
