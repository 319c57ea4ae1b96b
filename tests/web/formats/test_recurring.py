"""A maintenance that comes again, as programs read it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from app.domain.statuses import MaintenanceStatus
from app.usecases.maintenances.lifecycle import cancel_maintenance
from app.usecases.maintenances.windows import (
    NewMaintenanceUpdate,
    cancel_window,
    move_window,
    post_maintenance_update,
)
from tests.cast import BASE_URL, Installation
from tests.factories import english, make_maintenance, make_service
from tests.web.formats.shape import check

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# The clock of the installation stands at 2026-03-02T12:00Z; each window lasts two hours.
FIRST = datetime(2026, 3, 2, 22, tzinfo=UTC)


@pytest.fixture
def night(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_maintenance(ctx, starts_in=10 * HOUR, recurrence="FREQ=DAILY")
    return installation


def _series(installation: Installation) -> str:
    (series,) = installation.cy.get("/api/v1/maintenances").json()["items"]
    return str(series["id"])


def _name(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _listed(installation: Installation, kind: str = "") -> list[dict[str, Any]]:
    name = f"scheduled-maintenances{kind}"
    document = installation.vera.get(f"/api/v2/{name}.json").json()
    check(name, document)
    listed: list[dict[str, Any]] = document["scheduled_maintenances"]
    return listed


def test_each_window_is_a_maintenance_of_its_own(night: Installation) -> None:
    night.clock.forward(hours=10.5)
    (active,), (upcoming,) = _listed(night, "/active"), _listed(night, "/upcoming")
    assert active["id"] != upcoming["id"]
    assert (active["scheduled_for"], upcoming["scheduled_for"]) == (
        "2026-03-02T22:00:00.000Z",
        "2026-03-03T22:00:00.000Z",
    )
    assert night.vera.get("/api/v2/status.json").json()["status"]["indicator"] == "maintenance"
    night.clock.forward(days=1, hours=3)
    statuses = [(each["id"], each["status"]) for each in _listed(night)]
    assert statuses[1:] == [(upcoming["id"], "completed"), (active["id"], "completed")]
    assert statuses[0][1] == "scheduled"


def test_staff_s_words_are_the_updates_and_have_their_ids(night: Installation) -> None:
    night.clock.forward(hours=10.5)
    words = [("verifying", "Looks good."), ("in_progress", "Not yet."), ("completed", "Done.")]
    for status, body in words:
        with night.writing() as ctx:
            new = NewMaintenanceUpdate(MaintenanceStatus(status), english(body))
            post_maintenance_update(ctx, _series(night), new)
        night.clock.forward(minutes=10)
    window = _listed(night)[1]
    posted = [(each["status"], each["body"]) for each in window["incident_updates"]]
    assert posted == [
        *reversed(words),
        (
            "in_progress",
            "Scheduled maintenance is currently in progress. We will provide updates as necessary.",
        ),
        ("scheduled", "It may be slow."),
    ]
    assert window["resolved_at"] == "2026-03-02T22:50:00.000Z"
    moves = [each["affected_components"][0] for each in window["incident_updates"]]
    assert [(each["old_status"], each["new_status"]) for each in moves] == [
        ("under_maintenance", "operational"),
        ("under_maintenance", "under_maintenance"),
        ("under_maintenance", "under_maintenance"),
        ("operational", "under_maintenance"),
        ("operational", "operational"),
    ]


def test_every_short_link_leads_to_the_page_of_its_window(night: Installation) -> None:
    night.clock.forward(hours=10.5)
    for window in _listed(night):
        answer = night.vera.get(window["shortlink"])
        assert answer.status_code == 302
        page = night.vera.get(answer.headers["location"])
        assert page.status_code == 200
        assert window["scheduled_for"].replace(".000Z", "Z") in page.text


@pytest.mark.parametrize(
    "path", ["/history.atom", "/sv/feed.atom", "/history.rss", "/sv/services/payments/feed.rss"]
)
def test_every_window_of_a_feed_has_an_id_and_a_page_of_its_own(
    night: Installation, path: str
) -> None:
    night.clock.forward(hours=10.5)
    entries = feedparser.parse(night.vera.get(path).content).entries
    assert len({entry.id for entry in entries}) == len(entries) == 2
    for entry in entries:
        assert night.vera.get(entry.link.removeprefix(BASE_URL)).status_code == 200


def test_a_window_and_its_series_have_addresses_and_what_is_no_window_has_none(
    night: Installation,
) -> None:
    night.clock.forward(hours=10.5)
    series = f"/maintenances/{_series(night)}"
    paths = {
        f"/i/{_series(night)}": 302,
        f"{series}.md": 200,
        f"/sv{series}/{_name(FIRST)}.md": 200,
        f"/i/{_series(night)}/nothing": 404,
        f"{series}/{_name(FIRST + HOUR)}": 404,
    }
    assert {path: night.vera.get(path).status_code for path in paths} == paths


def test_a_window_enters_the_feed_when_it_is_the_next_one(night: Installation) -> None:
    night.clock.forward(days=2)
    entries = feedparser.parse(night.vera.get("/history.atom").content).entries
    assert [entry.published for entry in entries] == [
        "2026-03-03T22:00:00Z",
        "2026-03-02T22:00:00Z",
        "2026-03-02T12:00:00Z",
    ]


def test_what_is_over_keeps_its_entry_whatever_is_planned_again(night: Installation) -> None:
    night.clock.forward(days=1)
    before = feedparser.parse(night.vera.get("/history.atom").content).entries[-1]
    night.ben.patch(f"/api/v1/maintenances/{_series(night)}", {"title": "Other work"})
    after = feedparser.parse(night.vera.get("/history.atom").content).entries[-1]
    assert (after.id, after.updated) == (before.id, before.updated)


def _events(installation: Installation) -> list[Any]:
    answer = installation.vera.get("/history.ics")
    events = Calendar.from_ical(answer.content).events
    assert not any(event.errors for event in events)
    return list(events)


def _read(installation: Installation) -> Iterator[tuple[datetime, str]]:
    """The first windows as a calendar program lays them out, with their status."""
    events = _events(installation)
    (rule,) = (event for event in events if "rrule" in event)
    moved = {event["recurrence-id"].dt: event for event in events if "recurrence-id" in event}
    dates = rule["exdate"].dts if "exdate" in rule else []
    left_out = {each.dt for each in dates}
    days = rrulestr(rule["rrule"].to_ical().decode(), dtstart=rule.start).xafter(
        rule.start, count=6, inc=True
    )
    for day in days:
        if day in left_out:
            continue
        event = moved.get(day, rule)
        yield (event.start if day in moved else day), str(event["status"])
    for event in events:
        if not {"rrule", "recurrence-id"} & {name.lower() for name in event}:
            yield event.start, str(event["status"])


def test_a_calendar_shows_windows_where_staff_put_them(night: Installation) -> None:
    series = _series(night)
    with night.writing() as ctx:
        starts_at, ends_at = FIRST + 1 * DAY - 12 * HOUR, FIRST + 1 * DAY - 11 * HOUR
        move_window(ctx, series, _name(FIRST + DAY), starts_at=starts_at, ends_at=ends_at)
        cancel_window(ctx, series, _name(FIRST + 2 * DAY))
    assert sorted(_read(night)) == [
        (FIRST, "CONFIRMED"),
        (FIRST + DAY - 12 * HOUR, "CONFIRMED"),
        (FIRST + 2 * DAY, "CANCELLED"),
        (FIRST + 3 * DAY, "CONFIRMED"),
        (FIRST + 4 * DAY, "CONFIRMED"),
        (FIRST + 5 * DAY, "CONFIRMED"),
    ]
    assert {event["sequence"] for event in _events(night) if "cancelled" not in event} == {2}


def test_a_calendar_keeps_what_has_been_of_a_cancelled_series(night: Installation) -> None:
    night.clock.forward(days=1, hours=10.5)
    with night.writing() as ctx:
        cancel_maintenance(ctx, _series(night))
    assert sorted(_read(night)) == [(FIRST, "CONFIRMED"), (FIRST + DAY, "CANCELLED")]


def test_a_calendar_keeps_windows_of_former_hours(night: Installation) -> None:
    night.clock.forward(days=1)
    hours = {"starts_at": "2026-03-03T20:00:00Z", "ends_at": "2026-03-03T21:00:00Z"}
    night.ben.patch(f"/api/v1/maintenances/{_series(night)}", hours)
    assert sorted(at for at, _ in _read(night))[:3] == [
        FIRST,
        FIRST + 22 * HOUR,
        FIRST + 46 * HOUR,
    ]


def test_the_month_lists_windows_that_have_begun(night: Installation) -> None:
    night.clock.forward(days=2)
    page = night.vera.get("/en/history/2026-03").text
    assert [_name(FIRST + n * DAY) in page for n in range(3)] == [True, True, False]
    assert 'href="/en/history/2026-03"' in night.vera.get("/en/history/2026-01").text
