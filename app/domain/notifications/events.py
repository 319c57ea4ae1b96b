"""The events that subscribers are notified of, their levels, and how urgent they are."""

from enum import IntEnum, StrEnum

__all__ = ["IncidentLevel", "MaintenanceLevel", "NoticeEvent", "Priority", "is_wanted", "priority"]


class NoticeEvent(StrEnum):
    """What a notice is about. The values are stored and stand in webhooks: none is renamed."""

    INCIDENT_OPENED = "incident.opened"
    INCIDENT_UPDATED = "incident.updated"
    INCIDENT_RESOLVED = "incident.resolved"
    INCIDENT_REOPENED = "incident.reopened"
    INCIDENT_POSTMORTEM = "incident.postmortem"
    MAINTENANCE_SCHEDULED = "maintenance.scheduled"
    MAINTENANCE_CHANGED = "maintenance.changed"
    MAINTENANCE_CANCELLED = "maintenance.cancelled"
    MAINTENANCE_REMINDER = "maintenance.reminder"
    MAINTENANCE_STARTED = "maintenance.started"
    MAINTENANCE_UPDATED = "maintenance.updated"
    MAINTENANCE_COMPLETED = "maintenance.completed"
    SUBSCRIPTION_CONFIRM = "subscription.confirm"
    SUBSCRIPTION_MANAGE = "subscription.manage"
    SUBSCRIPTION_KNOWN = "subscription.known"
    SUBSCRIPTION_STOPPED = "subscription.stopped"
    SUBSCRIPTION_VERIFY = "subscription.verify"
    TEST = "test"


class IncidentLevel(StrEnum):
    """What a subscriber is sent of an incident: nothing, its beginning and end, or everything."""

    NONE = "none"
    ENDS = "ends"
    ALL = "all"


class MaintenanceLevel(StrEnum):
    """What a subscriber is sent of a maintenance: nothing, what is planned, or everything."""

    NONE = "none"
    PLANNED = "planned"
    ALL = "all"


class Priority(IntEnum):
    """How urgent a delivery is; the lowest value is sent first."""

    FORM = 0  # a person waits for it, such as the mail that confirms a subscription
    INCIDENT = 1
    MAINTENANCE = 2
    REMINDER = 3


_AT_LEVEL_ENDS = frozenset(
    {
        NoticeEvent.INCIDENT_OPENED,
        NoticeEvent.INCIDENT_RESOLVED,
        NoticeEvent.INCIDENT_REOPENED,
        NoticeEvent.INCIDENT_POSTMORTEM,
    }
)
_AT_LEVEL_PLANNED = frozenset(
    {
        NoticeEvent.MAINTENANCE_SCHEDULED,
        NoticeEvent.MAINTENANCE_CHANGED,
        NoticeEvent.MAINTENANCE_CANCELLED,
        NoticeEvent.MAINTENANCE_REMINDER,
    }
)
_REMINDERS = frozenset({NoticeEvent.INCIDENT_POSTMORTEM, NoticeEvent.MAINTENANCE_REMINDER})


def is_wanted(event: NoticeEvent, incidents: IncidentLevel, maintenances: MaintenanceLevel) -> bool:
    """Whether a subscriber with these levels is sent `event`.

    Events about the subscription itself, and tests, do not depend on the levels.
    """
    if event.startswith("incident."):
        return incidents is IncidentLevel.ALL or (
            incidents is IncidentLevel.ENDS and event in _AT_LEVEL_ENDS
        )
    if event.startswith("maintenance."):
        return maintenances is MaintenanceLevel.ALL or (
            maintenances is MaintenanceLevel.PLANNED and event in _AT_LEVEL_PLANNED
        )
    return True


def priority(event: NoticeEvent) -> Priority:
    """How urgent the deliveries of `event` are."""
    if event in _REMINDERS:
        return Priority.REMINDER
    if event.startswith("incident."):
        return Priority.INCIDENT
    if event.startswith("maintenance."):
        return Priority.MAINTENANCE
    return Priority.FORM
