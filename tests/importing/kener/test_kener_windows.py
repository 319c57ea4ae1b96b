"""Windows of Kener: rules in UTC become rules in the zone of the page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.importing.kener.kener_windows import KenerWindow, kener_window

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(
    rule: str, start: str, zone: str | None, *, now: datetime = NOW, cancelled: str = ""
) -> KenerWindow:
    times = [datetime.fromisoformat(cancelled)] if cancelled else []
    return kener_window(
        rule,
        datetime.fromisoformat(start),
        HOUR,
        times,
        zone=ZoneInfo(zone) if zone else None,
        now=now,
    )


@pytest.mark.parametrize("rule", ["FREQ=MINUTELY;COUNT=1", "RRULE:FREQ=DAILY;COUNT=1", "", "\n"])
def test_a_rule_of_one_window_is_none(rule: str) -> None:
    found = window(rule, "2026-12-01T00:00:00Z", "Asia/Kolkata")
    assert found == KenerWindow(
        datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, 1, tzinfo=UTC)
    )


def test_ten_windows_are_not_one() -> None:
    found = window("FREQ=DAILY;COUNT=10", "2026-12-01T00:00:00Z", "Asia/Kolkata")
    assert found.recurrence == {"rrule": "FREQ=DAILY;COUNT=10", "cancelled": []}


@pytest.mark.parametrize(
    ("rule", "start", "moved"),
    [
        # 22:00 on Sunday in UTC is 03:30 on Monday in Kolkata.
        ("FREQ=WEEKLY;BYDAY=SU", "2026-01-04T22:00:00Z", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=WEEKLY;BYDAY=SU,SA", "2026-01-04T22:00:00Z", "FREQ=WEEKLY;BYDAY=MO,SU"),
        ("FREQ=MONTHLY;BYMONTHDAY=4", "2026-01-04T22:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31T22:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("FREQ=DAILY", "2026-01-04T22:00:00Z", "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=SU", "2026-01-04T10:00:00Z", "FREQ=WEEKLY;BYDAY=SU"),
    ],
)
def test_days_move_where_the_local_date_is_another(rule: str, start: str, moved: str) -> None:
    found = window(rule, start, "Asia/Kolkata")
    assert found.starts_at == datetime.fromisoformat(start)
    assert found.recurrence == {"rrule": moved, "cancelled": []}


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-29", "FREQ=MONTHLY;BYDAY=1SU"]
)
def test_days_that_cannot_be_moved_lose_the_rule(rule: str) -> None:
    found = window(rule, "2026-01-31T22:00:00Z", "Asia/Kolkata")
    assert found.is_lost
    assert found.recurrence is None


def test_the_time_of_day_in_a_rule_is_that_of_its_start() -> None:
    rule = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30"
    found = window(rule, "2026-01-04T10:00:00Z", "Asia/Kolkata")
    assert found.starts_at == datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
    assert found.recurrence == {"rrule": "FREQ=WEEKLY;BYDAY=SU", "cancelled": []}


def test_an_end_without_a_zone_is_in_utc() -> None:
    found = window("FREQ=DAILY;UNTIL=20261231", "2026-01-04T00:00:00Z", "Asia/Kolkata")
    assert found.recurrence is not None
    assert found.recurrence["rrule"] == "FREQ=DAILY;UNTIL=20261231T000000Z"


@pytest.mark.parametrize(
    ("now", "first", "cancelled"),
    [
        # In winter 02:00 in UTC is 03:00 in Stockholm, in summer 04:00.
        ("2026-11-23T12:00:00Z", "2026-01-04T02:00:00Z", "2026-07-05T01:00:00Z"),
        ("2026-07-01T12:00:00Z", "2026-01-04T03:00:00Z", "2026-07-05T02:00:00Z"),
    ],
)
def test_a_zone_whose_clocks_change_keeps_the_next_window(
    now: str, first: str, cancelled: str
) -> None:
    found = window(
        "FREQ=WEEKLY;BYDAY=SU",
        "2026-01-04T02:00:00Z",
        "Europe/Stockholm",
        now=datetime.fromisoformat(now),
        cancelled="2026-07-05T02:00:00Z",
    )
    assert found.starts_at == datetime.fromisoformat(first)
    assert found.recurrence == {
        "rrule": "FREQ=WEEKLY;BYDAY=SU",
        "cancelled": [cancelled],
        "time_zone": "Etc/UTC",
    }


def test_without_a_zone_the_rule_stays_in_utc() -> None:
    found = window("FREQ=DAILY", "2026-01-04T02:00:00Z", None)
    assert found.recurrence == {"rrule": "FREQ=DAILY", "cancelled": [], "time_zone": "Etc/UTC"}
