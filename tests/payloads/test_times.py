"""Instants as monitors write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payloads.times import ReportTime, find_zone, read_instant, read_report_time

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-23T10:00:00Z", TEN),
        ("2026-11-23T10:00:00.000000000Z", TEN),
        ("2026-11-23T11:00:00+01:00", TEN),
        ("2026-11-23T10:00:00.093+0000", TEN.replace(microsecond=93_000)),
        ("2026-11-23T10:38:50.1234567Z", TEN.replace(minute=38, second=50, microsecond=123_456)),
        ("2026-11-23T08:00:00-02", TEN),
        ("2026-11-23 10:00:00 UTC", TEN),
        ("2026-11-23 10:00:00 +0000 UTC", TEN),  # time.Time.String of Go
        ("2026-11-23 15:30:00 +0530 IST", TEN),
        ("2026-11-23 10:00:00.5 +0000 UTC m=+0.000012", TEN.replace(microsecond=500_000)),
        ("23/Nov/2026:11:00:00 +0100", TEN),
        ("20261123100000", TEN),
        (f"{TEN.timestamp():.9e}", TEN),
        (str(TEN.timestamp() * 1e9), TEN),
        ("2026-11-23 10:00:00,5", TEN.replace(microsecond=500_000)),
        ("2026.11.23 10:00", TEN),
        ("2026/11/23 10:00:00", TEN),
        ("20261123T100000Z", TEN),
        ("20261123T1100+0100", TEN),
        ("2026-11-23T11:00:00+01:00[Europe/Stockholm]", TEN),
        ("2026-11-23T10:00Z[UTC]", TEN),
        ("2026-11-23 11:00:00 CET", TEN),
        ("Mon Nov 23 11:00:00 CET 2026", TEN),
        ("Mon Nov 23 12:00:00 EET 2026", TEN),
        ("1795428000", TEN),
        ("1795428000.25", TEN.replace(microsecond=250_000)),
        ("1795428000000", TEN),
        ("1795428000000000", TEN),
        ("1795428000000000000", TEN),
    ],
)
def test_an_instant_is_read_however_it_is_written(written: str, instant: datetime) -> None:
    assert read_instant(written, UTC) == instant


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-12:00",
        "0",
        "",
        "-1",
        "tomorrow",
        "20261123T10",
        "20261323100000",
        "1e99",
        "2026-11-23T10:00[UTC]",
        "2026-11-23 10:00 BST",
        "2026-13-01T00:00:00Z",
        "2026-11-23T10:00:00+99:00",
        "99999999999999999999999",
    ],
)
def test_what_means_not_set_or_is_no_instant_gives_none(written: str) -> None:
    assert read_instant(written, UTC) is None


def test_a_time_without_an_offset_needs_a_zone() -> None:
    stockholm = ZoneInfo("Europe/Stockholm")
    assert read_instant("2026-11-23 11:00:00", stockholm) == TEN
    assert read_instant("2026-11-23 11:00:00") is None


TWO_READINGS = [
    ("Europe/Stockholm", "2026-10-25 02:30", "2026-10-25 00:30", "2026-10-25 01:30"),
    ("America/New_York", "2026-11-01 01:15", "2026-11-01 05:15", "2026-11-01 06:15"),
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15"),
    ("Africa/Casablanca", "2026-02-15 02:20", "2026-02-15 01:20", "2026-02-15 02:20"),
    # Skipped local times: by a sender that has not changed its clock yet, or too early.
    ("Europe/Stockholm", "2026-03-29 02:30", "2026-03-29 00:30", "2026-03-29 01:30"),
    ("America/Santiago", "2026-09-06 00:10", "2026-09-06 03:10", "2026-09-06 04:10"),
]


@pytest.mark.parametrize(("zone", "local", "former", "latter"), TWO_READINGS)
def test_a_local_time_with_two_readings_is_the_one_that_fits_the_arrival(
    zone: str, local: str, former: str, latter: str
) -> None:
    tz = ZoneInfo(zone)
    for written in (former, latter):
        instant = datetime.fromisoformat(written).replace(tzinfo=UTC)
        for delay in (timedelta(seconds=-60), timedelta(seconds=2), timedelta(minutes=9)):
            arrival = instant + delay
            assert read_instant(local, tz, arrival) == instant
            assert read_report_time(local, tz, arrival) == ReportTime(instant)


@pytest.mark.parametrize(("zone", "local", "former", "latter"), TWO_READINGS)
def test_a_local_time_that_arrives_much_later_keeps_both_readings(
    zone: str, local: str, former: str, latter: str
) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (former, latter))
    arrival = last + timedelta(days=3)
    assert read_report_time(local, ZoneInfo(zone), arrival) == ReportTime(last, first)


def test_a_time_with_an_offset_has_one_reading_in_the_repeated_hour() -> None:
    stockholm = ZoneInfo("Europe/Stockholm")
    written, late = "2026-10-25T02:30:00+02:00", datetime(2026, 10, 28, tzinfo=UTC)
    instant = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read_report_time(written, stockholm, late) == ReportTime(instant)


def test_a_zone_that_does_not_exist_is_none() -> None:
    assert [find_zone(name) for name in ("Mars/Olympus", "", "../etc/passwd", "Europe")] == [
        None
    ] * 4


@given(st.text(max_size=40) | st.from_regex(r"[0-9 .:TZ+/-]{0,40}", fullmatch=True))
def test_no_text_is_too_odd(text: str) -> None:
    instant = read_instant(text, ZoneInfo("Europe/Stockholm"))
    assert instant is None or instant.utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 10:00:00 +0000",
        "Mon, 23 Nov 2026 05:00:00 EST",
        "Mon, 23 Nov 2026 11:00:00 +0100 (CET)",
        "Monday, 23-Nov-26 10:00:00 GMT",
        "23 November 2026 10:00 UTC",
        "November 23, 2026 10:00 AM",
        "November 23rd, 2026 at 10:00",
        "Nov 23, 2026, 10:00:00 am UTC",
        "Mon Nov 23 10:00:00 2026",
        "Mon Nov 23 10:00:00 UTC 2026",
        "Monday 23 November, 2026 10:00:00 UTC",
        "10:00:00 UTC, 23 November 2026",
        "2026-11-23 10:00:00 AM",
        "2026-11-23 12:00 UTC+02:00",
    ],
)
def test_dates_with_the_name_of_a_month_are_read(text: str) -> None:
    assert read_instant(text, UTC) == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["31 Feb 2026", "Nov 23, 2026 13:00 PM", "23 Novembre 2026", "Nov 2026", "May", "23/11/26"],
)
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert read_instant(text, UTC) is None
