"""Which events a level includes, and how urgent they are."""

import pytest

from app.domain.notifications.events import (
    IncidentLevel,
    MaintenanceLevel,
    NoticeEvent,
    Priority,
    is_wanted,
    priority,
)


def wanted(incidents: IncidentLevel, maintenances: MaintenanceLevel) -> set[str]:
    return {
        event.value
        for event in NoticeEvent
        if event.startswith(("incident.", "maintenance."))
        and is_wanted(event, incidents, maintenances)
    }


def test_beginnings_and_ends_are_what_opens_and_closes_an_incident_and_its_postmortem() -> None:
    assert wanted(IncidentLevel.ENDS, MaintenanceLevel.NONE) == {
        "incident.opened",
        "incident.resolved",
        "incident.reopened",
        "incident.postmortem",
    }


def test_planned_maintenance_is_what_is_known_before_it_begins() -> None:
    assert wanted(IncidentLevel.NONE, MaintenanceLevel.PLANNED) == {
        "maintenance.scheduled",
        "maintenance.changed",
        "maintenance.cancelled",
        "maintenance.reminder",
    }


def test_the_level_all_has_every_event() -> None:
    assert len(wanted(IncidentLevel.ALL, MaintenanceLevel.ALL)) == 12


def test_the_level_none_has_no_event() -> None:
    assert wanted(IncidentLevel.NONE, MaintenanceLevel.NONE) == set()


def test_what_concerns_the_subscription_itself_does_not_depend_on_levels() -> None:
    confirm = NoticeEvent.SUBSCRIPTION_CONFIRM
    assert is_wanted(confirm, IncidentLevel.NONE, MaintenanceLevel.NONE)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (NoticeEvent.SUBSCRIPTION_CONFIRM, Priority.FORM),
        (NoticeEvent.INCIDENT_RESOLVED, Priority.INCIDENT),
        (NoticeEvent.MAINTENANCE_STARTED, Priority.MAINTENANCE),
        (NoticeEvent.MAINTENANCE_REMINDER, Priority.REMINDER),
        (NoticeEvent.INCIDENT_POSTMORTEM, Priority.REMINDER),
    ],
)
def test_who_waits_at_a_form_comes_first_and_reminders_last(
    event: NoticeEvent, expected: Priority
) -> None:
    assert priority(event) is expected
