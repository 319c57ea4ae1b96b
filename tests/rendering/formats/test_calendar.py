"""Recurring windows where clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

from app.domain.incidents.impact import banner_of
from app.domain.page.listing import MaintenanceSeries, PageListing
from app.domain.statuses import IncidentStatus
from app.rendering.formats.calendar import calendar
from app.rendering.text.machine_language import MachineLanguage
from app.usecases.maintenances.recurrence import window_from
from tests.rendering import records


def test_a_weekly_window_keeps_its_hour_in_summer() -> None:
    first = datetime(2021, 3, 21, 2, tzinfo=UTC)
    series = MaintenanceSeries(
        id="maintenance1",
        title=records.text("Sunday work"),
        body=records.text("Slow."),
        first=window_from(first, first.replace(hour=4), ZoneInfo("Europe/Stockholm")),
        recurrence="FREQ=WEEKLY;COUNT=3",
        created_at=first,
        updated_at=first,
        is_cancelled=False,
    )
    page = records.facts(time_zone="Europe/Stockholm")
    listing = PageListing(page, banner_of([]), (), (), (), (), (), (), {}, series=(series,))
    read = Calendar.from_ical(calendar(listing, MachineLanguage("sv", is_explicit=True)))
    (zone,) = read.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Stockholm"
    (event,) = read.events
    assert event["rrule"].to_ical() == b"FREQ=WEEKLY;COUNT=3"
    rule = rrulestr("FREQ=WEEKLY;COUNT=3", dtstart=event.start)
    assert [each.astimezone(UTC).hour for each in rule] == [2, 1, 1]


def test_instants_inside_code_stay_as_typed_in_a_calendar() -> None:
    body = records.text("`{{2021-10-04T09:00Z}}` is {{2021-10-04T09:00Z}}\nnot later")
    incident = records.incident(
        records.text("תקלה (v2)"),
        records.update(IncidentStatus.INVESTIGATING, body, at=records.NOW),
    )
    page = records.facts()
    listing = PageListing(page, banner_of([]), (), (), (), (), (incident,), (), {})
    (event,) = Calendar.from_ical(calendar(listing, MachineLanguage("en", is_explicit=True))).events
    assert str(event["description"]).endswith(
        "\n`{{2021-10-04T09:00Z}}` is Oct 4, 2021, 9:00\u202fAM UTC\nnot later"
    )
    assert event["summary"] == "\u2068תקלה (v2)\u2069"
