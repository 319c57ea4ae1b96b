"""Calendars as calendar programs understand them."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Event

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases import audit_chain
from app.usecases.incidents.edits import IncidentEdit, edit_incident
from app.usecases.incidents.lifecycle import post_update
from app.usecases.maintenances.lifecycle import (
    MaintenanceChanges,
    NewMaintenance,
    cancel_maintenance,
    edit_maintenance,
    plan_maintenance,
)
from tests.cast import Installation
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.web.formats.history import both


@pytest.fixture
def planned(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "mail")
    return installation


def _events(installation: Installation, path: str = "/history.ics") -> dict[str, Event]:
    answer = installation.vera.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], calendar["calscale"]) == ("2.0", "GREGORIAN")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    events = calendar.events
    assert not any(event.errors for event in events)
    return {str(event["uid"]).removesuffix("@status.example.com"): event for event in events}


def test_a_maintenance_is_an_event_from_its_beginning_to_its_end(planned: Installation) -> None:
    with planned.writing() as ctx:
        window = make_maintenance(ctx).maintenance
    event = _events(planned)[window.id]
    assert (event.start, event.end) == (window.starts_at, window.ends_at)
    assert (event["summary"], event["status"]) == ("Database upgrade", "CONFIRMED")
    assert event["url"] == f"https://status.example.com/en/maintenances/{window.id}"
    assert "It may be slow." in str(event["description"])


def test_every_change_raises_the_sequence_and_keeps_the_uid(planned: Installation) -> None:
    seen = []
    with planned.writing() as ctx:
        window = make_maintenance(ctx).maintenance
    for title in ("First", "Second", "Third"):
        event = _events(planned)[window.id]
        seen.append((event["sequence"], event.DTSTAMP))
        # Two edits within one second are two changes.
        with planned.writing() as ctx:
            edit_maintenance(ctx, window.id, MaintenanceChanges(title=english(title)))
    assert [number for number, _ in seen] == [0, 1, 2]


def test_the_sequence_does_not_fall_when_audit_entries_expire(planned: Installation) -> None:
    with planned.writing() as ctx:
        window = make_maintenance(ctx, starts_in=timedelta(days=200)).maintenance
        incident = make_incident(ctx).incident
    for title in ("First", "Second"):
        with planned.writing() as ctx:
            edit_maintenance(ctx, window.id, MaintenanceChanges(title=english(title)))
            edit_incident(ctx, incident.id, IncidentEdit(title=english(title)))
    for days in (100, 20):
        planned.clock.forward(days=days)
        with planned.writing() as ctx:
            edit_maintenance(ctx, window.id, MaintenanceChanges(title=english(f"Day {days}")))
            audit_chain.delete_expired(ctx, 10)
    events = _events(planned)
    assert (events[window.id]["sequence"], events[incident.id]["sequence"]) == (4, 2)


def test_a_cancelled_maintenance_stays_and_says_so(planned: Installation) -> None:
    with planned.writing() as ctx:
        window = make_maintenance(ctx).maintenance
    planned.clock.forward(minutes=1)
    with planned.writing() as ctx:
        cancel_maintenance(ctx, window.id)
    planned.clock.forward(days=30)
    event = _events(planned)[window.id]
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)


def test_a_recurring_maintenance_has_its_rule_in_the_pages_zone(planned: Installation) -> None:
    planned.clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with planned.writing() as ctx:
        made = plan_maintenance(
            ctx,
            NewMaintenance(
                english("Sunday work"),
                english("As every week."),
                ("payments",),
                datetime(2026, 3, 8, 3, tzinfo=UTC),
                datetime(2026, 3, 8, 5, tzinfo=UTC),
                recurrence="FREQ=WEEKLY;BYDAY=SU",
            ),
        )
    planned.clock.forward(days=100)
    event = _events(planned)[made.id]
    assert event["rrule"].to_ical() == b"FREQ=WEEKLY;BYDAY=SU"
    assert event.start == datetime(2026, 3, 8, 3, tzinfo=UTC)


def test_an_incident_is_an_event_up_to_its_end(planned: Installation) -> None:
    with planned.writing() as ctx:
        made = make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    began_at = planned.clock.now
    event = _events(planned)[made.incident.id]
    assert (event.start, event["sequence"]) == (began_at, 0)
    assert "dtend" not in event
    ended_at = planned.clock.forward(minutes=40)
    with planned.writing() as ctx:
        post_update(ctx, made.incident.id, update(IncidentStatus.RESOLVED))
    event = _events(planned)[made.incident.id]
    assert (event.end, event["sequence"], event["status"]) == (ended_at, 1, "CONFIRMED")
    assert str(event["description"]).startswith("Resolved, Mar 2, 2026, 12:40")


def test_a_language_and_a_service_have_their_own_calendar(planned: Installation) -> None:
    with planned.writing() as ctx:
        starts_at = ctx.now + timedelta(days=1)
        words = (both("Upgrade", "Uppgradering"), english("Slow."))
        new = NewMaintenance(*words, ("mail",), starts_at, starts_at + timedelta(hours=1))
        window = plan_maintenance(ctx, new).maintenance.id
        make_maintenance(ctx, "payments")
    assert str(_events(planned, "/sv/calendar.ics")[window]["summary"]) == "Uppgradering"
    assert set(_events(planned, "/sv/services/mail/calendar.ics")) == {window}
    assert planned.vera.get("/sv/services/none/calendar.ics").status_code == 404


def test_no_text_makes_a_line_of_its_own(planned: Installation) -> None:
    hostile = "Upgrade\\;,: \u2028 END:VEVENT"
    body = "First\r\nEND:VEVENT\nBEGIN:VALARM\n\u202a"
    with planned.writing() as ctx:
        starts_at = ctx.now + timedelta(days=1)
        new = NewMaintenance(
            english(hostile), english(body), ("mail",), starts_at, starts_at + timedelta(hours=1)
        )
        window = plan_maintenance(ctx, new).maintenance.id
    (event,) = _events(planned).values()
    assert str(event["uid"]).startswith(window)
    assert str(event["summary"]) == hostile
    assert "\nEND:VEVENT\nBEGIN:VALARM" in str(event["description"])
