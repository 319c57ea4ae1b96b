"""English labels of statuses, each with the context in which it is translated.

Many languages inflect an adjective for the noun that it describes. A status therefore has a context
of its own for a service, an incident and a maintenance: its translation agrees with that noun.
"""

from collections.abc import Mapping
from gettext import NullTranslations
from typing import NamedTuple

from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = ["INCIDENT_STATUS", "MAINTENANCE_STATUS", "SERVICE_STATUS", "ContextualText"]


class ContextualText(NamedTuple):
    """An English text with its context (`msgctxt`); its construction marks it for extraction."""

    context: str
    text: str

    def translate(self, catalogue: NullTranslations) -> str:
        """The text in the language of the catalogue."""
        return catalogue.pgettext(self.context, self.text)


SERVICE_STATUS: Mapping[ServiceStatus, ContextualText] = {
    ServiceStatus.OPERATIONAL: ContextualText("status of a service", "Operational"),
    ServiceStatus.UNDER_MAINTENANCE: ContextualText("status of a service", "Under maintenance"),
    ServiceStatus.DEGRADED_PERFORMANCE: ContextualText(
        "status of a service", "Degraded performance"
    ),
    ServiceStatus.PARTIAL_OUTAGE: ContextualText("status of a service", "Partial outage"),
    ServiceStatus.MAJOR_OUTAGE: ContextualText("status of a service", "Major outage"),
}

INCIDENT_STATUS: Mapping[IncidentStatus, ContextualText] = {
    # Translators: The cause of the incident is being looked for.
    IncidentStatus.INVESTIGATING: ContextualText("status of an incident", "Investigating"),
    # Translators: The cause of the incident is known.
    IncidentStatus.IDENTIFIED: ContextualText("status of an incident", "Identified"),
    # Translators: A fix is in place; its effect is being watched.
    IncidentStatus.MONITORING: ContextualText("status of an incident", "Monitoring"),
    # Translators: The incident is over.
    IncidentStatus.RESOLVED: ContextualText("status of an incident", "Resolved"),
}

MAINTENANCE_STATUS: Mapping[MaintenanceStatus, ContextualText] = {
    # Translators: The maintenance is planned and has not begun.
    MaintenanceStatus.SCHEDULED: ContextualText("status of a maintenance", "Scheduled"),
    MaintenanceStatus.IN_PROGRESS: ContextualText("status of a maintenance", "In progress"),
    # Translators: The work is done; staff verify that everything works.
    MaintenanceStatus.VERIFYING: ContextualText("status of a maintenance", "Verifying"),
    MaintenanceStatus.COMPLETED: ContextualText("status of a maintenance", "Completed"),
    # Translators: The maintenance will not take place.
    MaintenanceStatus.CANCELLED: ContextualText("status of a maintenance", "Cancelled"),
}
