"""Recurring maintenances where clocks change, as each surface shows them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import text
from sqlmodel import select

from app.db.tables import TokenRow
from tests.cast import Installation
from tests.factories import make_service
from tests.web.formats.calendar_reader import LAST, Reader

PATH = "/api/v1/maintenances"
# Clocks go back on 25 October 2026 at 03:00, and forward on 28 March 2027 at 02:00.
STOCKHOLM = "Europe/Stockholm"
WALL = "%Y-%m-%d %H:%M"


@pytest.fixture
def payments(installation: Installation) -> Installation:
    _ = installation.tokens  # stored at their first use
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        # The clock is moved by more years than a token may be valid.
        for token in ctx.session.exec(select(TokenRow)):
            token.expires_at = None
    return installation


def _move_to(installation: Installation, zone: str, now: datetime) -> None:
    installation.ada.patch("/api/v1/page", {"time_zone": zone}).raise_for_status()
    installation.clock.now = now


def _plan(installation: Installation, starts_at: str, ends_at: str, recurrence: str | None) -> str:
    new = {
        "title": "Database upgrade",
        "body": "It may be slow.",
        "services": ["payments"],
        "starts_at": starts_at,
        "ends_at": ends_at,
        "recurrence": recurrence,
    }
    answer = installation.ben.post(PATH, new)
    assert answer.status_code == 201, answer.text
    return f"{PATH}/{answer.json()['id']}"


def _windows(installation: Installation, path: str) -> list[tuple[str, str]]:
    items = installation.cy.get(f"{path}/occurrences").json()["items"]
    return [(each["starts_at"], each["ends_at"]) for each in items]


def _in_zone(installation: Installation, path: str, zone: str = STOCKHOLM) -> list[tuple[str, str]]:
    return [
        (_wall(starts_at, zone), _wall(ends_at, zone))
        for starts_at, ends_at in _windows(installation, path)
    ]


def _wall(at: str, zone: str) -> str:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).strftime(WALL)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamps(windows: list[tuple[datetime, datetime]]) -> list[tuple[str, str]]:
    return [(_stamp(starts_at), _stamp(ends_at)) for starts_at, ends_at in windows]


def _calendar(installation: Installation, uid: str = "") -> Calendar:
    """The calendar of the page, or what it says of one maintenance."""
    head, *events = installation.vera.get("/history.ics").text.split("BEGIN:VEVENT\r\n")
    # Left out as text, because reading takes longest.
    events = [each.removesuffix("END:VCALENDAR\r\n") for each in events if uid in each]
    return Calendar.from_ical("BEGIN:VEVENT\r\n".join([head, *events]) + "END:VCALENDAR\r\n")


def _check_calendar(installation: Installation, windows: list[tuple[str, str]]) -> None:
    """Both kinds of calendar programs show these windows first."""
    calendar = _calendar(installation)
    for keeps_local_end in (False, True):
        read = Reader(calendar, keeps_local_end=keeps_local_end).windows()
        assert _stamps(read[: len(windows)]) == windows


@pytest.mark.parametrize("first", ["2026-10-17", "2026-10-24", "2027-03-20", "2027-03-27"])
def test_windows_keep_their_local_start_and_end_when_clocks_change(
    payments: Installation, first: str
) -> None:
    zone = ZoneInfo(STOCKHOLM)
    on = date.fromisoformat(first)
    _move_to(payments, STOCKHOLM, datetime.combine(on, time(), UTC) - timedelta(days=2))
    starts_at = datetime.combine(on, time(22), zone)
    ends_at = datetime.combine(on + timedelta(days=1), time(4), zone)
    path = _plan(payments, starts_at.isoformat(), ends_at.isoformat(), "FREQ=WEEKLY")
    windows = _in_zone(payments, path)
    assert len(windows) == 10
    for number, window in enumerate(windows):
        day = on + timedelta(weeks=number)
        assert window == (f"{day} 22:00", f"{day + timedelta(days=1)} 04:00")
    _check_calendar(payments, _windows(payments, path))


def test_a_first_window_in_the_repeated_hour_keeps_its_offset(payments: Installation) -> None:
    _move_to(payments, "America/New_York", datetime(2026, 10, 30, tzinfo=UTC))
    path = _plan(payments, "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z", "FREQ=DAILY")
    windows = _windows(payments, path)
    assert windows[:2] == [
        ("2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"),
        ("2026-11-02T06:30:00Z", "2026-11-02T07:30:00Z"),
    ]
    _check_calendar(payments, windows)


def test_a_window_within_the_repeated_hour_keeps_its_length(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 24, tzinfo=UTC))
    # 02:50 in summer time to 02:10 in winter time.
    path = _plan(payments, "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z", "FREQ=DAILY")
    assert _in_zone(payments, path)[1] == ("2026-10-26 02:50", "2026-10-26 03:10")
    _check_calendar(payments, _windows(payments, path))


@pytest.mark.parametrize("minutes", [15, 60, 90, 120])
def test_no_window_ends_before_it_starts_where_clocks_skip_its_start(
    payments: Installation, minutes: int
) -> None:
    _move_to(payments, STOCKHOLM, datetime(2027, 3, 26, tzinfo=UTC))
    ends_at = datetime(2027, 3, 27, 1, 30, tzinfo=UTC) + timedelta(minutes=minutes)
    path = _plan(payments, "2027-03-27T01:30:00Z", ends_at.isoformat(), "FREQ=DAILY")
    windows = _windows(payments, path)
    assert all(starts_at < ends_at for starts_at, ends_at in windows)
    # RFC 5545 section 3.3.5: the offset before the gap.
    assert windows[1][0] == "2027-03-28T01:30:00Z"
    assert windows[2][0] == "2027-03-29T00:30:00Z"
    _check_calendar(payments, windows)


def test_a_rule_that_starts_in_a_skipped_hour_returns_to_its_local_time(
    payments: Installation,
) -> None:
    _move_to(payments, STOCKHOLM, datetime(2027, 3, 26, tzinfo=UTC))
    # 02:30 on a Friday; the first Sunday is the one on which clocks skip that time.
    path = _plan(payments, "2027-03-26T01:30:00Z", "2027-03-26T03:00:00Z", "FREQ=WEEKLY;BYDAY=SU")
    assert _in_zone(payments, path)[:2] == [
        ("2027-03-28 03:30", "2027-03-28 04:00"),
        ("2027-04-04 02:30", "2027-04-04 04:00"),
    ]
    _check_calendar(payments, _windows(payments, path))


def test_a_rule_repeats_the_skipped_time_that_a_program_wrote(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2027, 3, 20, tzinfo=UTC))
    first, later = (
        ("2027-03-28 03:30", "2027-03-28 04:00"),
        ("2027-04-04 02:30", "2027-04-04 04:00"),
    )
    # 02:30 with the offset of the winter, on the day on which clocks skip that time.
    times = "2027-03-28T02:30:00+01:00", "2027-03-28T04:00:00+02:00"
    path = _plan(payments, *times, "FREQ=WEEKLY")
    assert _in_zone(payments, path)[:2] == [first, later]
    moved = _plan(payments, "2027-03-27T12:00:00Z", "2027-03-27T13:00:00Z", "FREQ=WEEKLY")
    payments.ben.patch(moved, {"starts_at": times[0], "ends_at": times[1]}).raise_for_status()
    assert _in_zone(payments, moved)[:2] == [first, later]
    # The instant alone does not say that 02:30 was meant.
    instant = _plan(payments, "2027-03-28T01:30:00Z", times[1], "FREQ=WEEKLY")
    assert _in_zone(payments, instant)[1] == ("2027-04-04 03:30", "2027-04-04 04:00")


def test_new_ends_from_a_skipped_hour_on_keep_the_local_start(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2027, 3, 20, tzinfo=UTC))
    path = _plan(payments, "2027-03-21T01:30:00Z", "2027-03-21T03:00:00Z", "FREQ=WEEKLY")
    payments.clock.now = datetime(2027, 3, 22, tzinfo=UTC)
    longer = {"ends_at": "2027-03-21T04:00:00Z"}
    assert payments.ben.patch(path, longer).status_code == 200
    assert _in_zone(payments, path)[:3] == [
        ("2027-03-21 02:30", "2027-03-21 04:00"),
        ("2027-03-28 03:30", "2027-03-28 05:00"),
        ("2027-04-04 02:30", "2027-04-04 05:00"),
    ]


def test_another_rule_keeps_the_local_times_of_a_window_across_the_change(
    payments: Installation,
) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 16, tzinfo=UTC))
    path = _plan(payments, "2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", "FREQ=WEEKLY")
    payments.clock.now = datetime(2026, 10, 22, tzinfo=UTC)
    change = {"recurrence": "FREQ=WEEKLY;BYDAY=SA,TU"}
    assert payments.ben.patch(path, change).status_code == 200
    assert _in_zone(payments, path)[1:3] == [
        ("2026-10-24 22:00", "2026-10-25 04:00"),
        ("2026-10-27 22:00", "2026-10-28 04:00"),
    ]
    _check_calendar(payments, _windows(payments, path))


def test_a_moved_window_has_exact_times_in_the_calendar(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 23, tzinfo=UTC))
    path = _plan(payments, "2026-10-23T20:00:00Z", "2026-10-23T21:00:00Z", "FREQ=DAILY")
    # 02:30 in winter time, which comes after 02:30 in summer time.
    moved = {"starts_at": "2026-10-25T01:30:00Z", "ends_at": "2026-10-25T01:45:00Z"}
    answer = payments.ben.patch(f"{path}/occurrences/20261024T200000Z", moved)
    assert answer.status_code == 200
    assert payments.ben.delete(f"{path}/occurrences/20261026T210000Z").status_code == 204
    windows = [
        (str(each["starts_at"]), str(each["ends_at"]))
        for each in payments.cy.get(f"{path}/occurrences").json()["items"]
        if each["status"] != "cancelled"
    ]
    assert ("2026-10-25T01:30:00Z", "2026-10-25T01:45:00Z") in windows
    _check_calendar(payments, windows)


def test_a_window_completed_within_a_second_does_not_end_when_it_starts(
    payments: Installation,
) -> None:
    payments.clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    path = _plan(payments, "2026-10-21T12:00:00Z", "2026-10-21T13:00:00Z", None)
    for status, milliseconds in (("in_progress", 100), ("completed", 700)):
        payments.clock.forward(milliseconds=milliseconds)
        update = {"status": status, "body": "Done."}
        assert payments.ben.post(f"{path}/updates", update).status_code == 201
    (event,) = _calendar(payments).events
    assert event.end > event.start


def test_a_stored_rule_without_local_times_repeats_those_of_its_first_window(
    payments: Installation,
) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 16, tzinfo=UTC))
    path = _plan(payments, "2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", "FREQ=WEEKLY")
    before = _windows(payments, path)
    with payments.writing() as ctx:
        ctx.session.execute(text("UPDATE maintenance SET local_start = NULL, local_end = NULL"))
    assert _windows(payments, path) == before


def test_another_zone_of_the_page_keeps_the_first_window(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 16, tzinfo=UTC))
    path = _plan(payments, "2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", "FREQ=WEEKLY")
    _move_to(payments, "America/New_York", payments.clock.now)
    windows = _in_zone(payments, path, "America/New_York")
    assert windows[0] == ("2026-10-17 16:00", "2026-10-17 22:00")
    # Clocks go back on 1 November there.
    assert windows[2] == ("2026-10-31 16:00", "2026-10-31 22:00")
    assert windows[3] == ("2026-11-07 16:00", "2026-11-07 22:00")
    _check_calendar(payments, _windows(payments, path))


def test_a_page_names_the_offset_of_both_ends_across_the_change(payments: Installation) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 23, tzinfo=UTC))
    path = _plan(payments, "2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z", None)
    page = path.replace(PATH, "/en/maintenances")
    for surface in (page, f"{page}.md", "/en/feed.atom"):
        wording = re.sub(r"[\s\u2009\u202f]+", " ", payments.vera.get(surface).text)
        assert "10:00 PM GMT+2 – Oct 25, 2026, 4:00 AM GMT+1" in wording, surface


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-10-30", "2026-11-30"]),
        ("FREQ=WEEKLY;UNTIL=20261031", ["2026-10-17", "2026-10-24", "2026-10-31"]),
        ("FREQ=WEEKLY;UNTIL=20261030", ["2026-10-17", "2026-10-24"]),
        ("FREQ=WEEKLY;UNTIL=20261024T220000", ["2026-10-17", "2026-10-24"]),
        ("FREQ=WEEKLY;UNTIL=20261024T215959", ["2026-10-17"]),
        ("INTERVAL=2;FREQ=WEEKLY;COUNT=2", ["2026-10-17", "2026-10-31"]),
    ],
)
def test_bysetpos_and_ends_in_local_time_are_followed(
    payments: Installation, rule: str, days: list[str]
) -> None:
    _move_to(payments, STOCKHOLM, datetime(2026, 10, 16, tzinfo=UTC))
    path = _plan(payments, "2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", rule)
    windows = _in_zone(payments, path)
    assert [start[:10] for start, _ in windows][: len(days)] == days
    if "BYSETPOS" not in rule:
        assert len(windows) == len(days)
    _check_calendar(payments, _windows(payments, path))


# All surfaces

ZONES = [
    "UTC",
    STOCKHOLM,
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "America/Nuuk",
    "America/Havana",
    "America/St_Johns",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
]
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;BYDAY=SA,SU",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU",
    "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=-1,1",
    "FREQ=YEARLY;BYMONTH=3,4,10,11;BYDAY=-1SU,1SU",
]


@dataclass(frozen=True)
class Case:
    """A recurring maintenance, and one of its windows by number."""

    zone: str
    rule: str
    start: datetime
    length: timedelta
    number: int

    def first(self) -> tuple[str, str]:
        """The instants of the first window as asked; a skipped time is later by the gap."""
        starts_at, ends_at = self._instants(self.start)
        return starts_at.isoformat(), ends_at.isoformat()

    def windows(self) -> list[tuple[datetime, datetime]]:
        """The windows of ten years by the definition: local times, resolved one by one."""
        days = rrulestr(self.rule, dtstart=self.start).between(self.start, LAST, inc=True)
        return [self._instants(day) for day in days]

    def _instants(self, start: datetime) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.zone)
        starts_at = start.replace(tzinfo=zone).astimezone(UTC)
        ends_at = (start + self.length).replace(tzinfo=zone).astimezone(UTC)
        return starts_at, ends_at if ends_at > starts_at else starts_at + self.length


cases = st.builds(
    Case,
    st.sampled_from(ZONES),
    st.sampled_from(RULES),
    # In winter, where the local time of the first window exists once in all zones.
    st.builds(
        lambda day, quarter: datetime(2026, 1, 10) + timedelta(days=day, minutes=15 * quarter),  # noqa: DTZ001
        st.integers(0, 20),
        st.one_of(st.integers(0, 95), st.integers(0, 12), st.integers(86, 95)),
    ),
    st.integers(1, 40).map(lambda quarters: timedelta(minutes=15 * quarters)),
    st.integers(0, 10_000),
)


@settings(
    max_examples=8,
    # An example reads ten years of a calendar: too slow for a search for the smallest one.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases)
def test_page_api_calendar_and_engine_agree_on_each_instant(
    payments: Installation, case: Case
) -> None:
    _move_to(payments, case.zone, BEFORE)
    expected = case.windows()
    path = _plan(payments, *case.first(), case.rule)
    uid = f"{path.removeprefix(PATH)[1:]}@status.example.com"
    calendar = _calendar(payments, uid)
    for keeps_local_end in (False, True):
        read = Reader(calendar, keeps_local_end=keeps_local_end).windows()
        assert [each for each in read if each[0] < expected[-1][0]] == expected[:-1]
    starts_at, ends_at = expected[case.number % (len(expected) - 1)]
    payments.clock.now = starts_at
    items = [each for each in _windows(payments, path) if each[0] >= _stamp(starts_at)]
    coming = _stamps([each for each in expected if each[0] >= starts_at])
    assert items[: len(coming)] == coming[: len(items)]
    page = payments.vera.get(f"/en/maintenances/{path.rpartition('/')[2]}").text
    assert f'datetime="{_stamp(starts_at)}" data-until="{_stamp(ends_at)}"' in page
    assert _is_under_maintenance(payments)
    payments.clock.now = ends_at
    is_followed = any(begins <= ends_at < ends for begins, ends in expected)
    assert _is_under_maintenance(payments) is is_followed
    # Before its first window, so that the next example finds no trace of this one.
    payments.clock.now = BEFORE
    assert payments.ben.post(f"{path}/cancel").status_code == 200


def _is_under_maintenance(installation: Installation) -> bool:
    (payments,) = installation.vera.get("/api/v2/components.json").json()["components"]
    return bool(payments["status"] == "under_maintenance")
