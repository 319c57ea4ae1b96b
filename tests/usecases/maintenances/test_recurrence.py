from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.maintenances.local_times import (
    LocalSpan,
    TypedTimes,
    local_time,
    rule_window,
)
from app.usecases.maintenances.recurrence import (
    after_windows,
    check_recurrence,
    expand,
    window_from,
    without_count,
)

STARTS_AT = datetime(2026, 2, 3, 2, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ("FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;BYDAY=SU"),
        ("RRULE:FREQ=DAILY", "FREQ=DAILY"),
        (" rrule:freq=monthly;byday=-1su ", "FREQ=MONTHLY;BYDAY=-1SU"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "FREQ=DAILY;UNTIL=20270101T000000Z"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=5", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=5"),
    ],
)
def test_a_rule_is_spelled_one_way(rule: str, stored: str) -> None:
    assert check_recurrence(rule, starts_at=STARTS_AT, zone=STOCKHOLM) == stored


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every Sunday",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=1000000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;INTERVAL=2;INTERVAL=3",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;UNTIL=20250101T000000Z",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=,",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30",
        "FREQ=WEEKLY\nRDATE:20260101T000000Z",
        "FREQ=WEEKLY;BYDAY=" + "MO," * 100 + "MO",
        "FREQ=WEEKLY\x00",
    ],
)
def test_a_rule_that_nobody_could_follow_is_refused(rule: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_recurrence(rule, starts_at=STARTS_AT, zone=STOCKHOLM)
    assert (refused.value.code, refused.value.field) == ("invalid_recurrence", "recurrence")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=HOURLY", "FREQ is DAILY"),
        ("INTERVAL=2", "FREQ is DAILY"),
        ("FREQ=DAILY;BYHOUR=3", "BYHOUR, BYMINUTE and BYSECOND"),
        ("FREQ=YEARLY;BYWEEKNO=20", "The supported parts"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=20260202", "UNTIL is before"),
        ("FREQ=DAILY;UNTIL=20270231", "UNTIL is a date"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY has numbers such as"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY has numbers up to"),
        ("FREQ=MONTHLY;BYDAY=1MO,TU", "BYDAY with and without"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs another part"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS must be"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "No set of dates"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", "No set of dates"),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "No set of dates"),
        ("FREQ=WEEKLY;WKST=1", "WKST is"),
        ("FREQ=WEEKLY;", "NAME=VALUE"),
    ],
)
def test_a_refused_rule_is_refused_with_the_true_reason(rule: str, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        check_recurrence(rule, starts_at=STARTS_AT, zone=STOCKHOLM)


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ("FREQ=WEEKLY;UNTIL=20270630", "FREQ=WEEKLY;UNTIL=20270630T215959Z"),
        ("FREQ=WEEKLY;UNTIL=20270630T120000", "FREQ=WEEKLY;UNTIL=20270630T100000Z"),
        ("COUNT=2;FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=2"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=52", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=52"),
    ],
)
def test_a_rule_is_stored_with_its_end_in_utc(rule: str, stored: str) -> None:
    assert check_recurrence(rule, starts_at=STARTS_AT, zone=STOCKHOLM) == stored


parts = st.tuples(
    st.sampled_from(
        ["INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS"]
    ),
    st.text("0123456789,+-MOTUSAZ", min_size=1, max_size=8),
).map("=".join)


@given(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), st.lists(parts, max_size=4))
def test_any_rule_is_stored_in_one_spelling_or_refused_as_invalid(
    freq: str, rest: list[str]
) -> None:
    rule = ";".join([f"FREQ={freq}", *rest])
    stored = checked(rule)
    assert stored is None or checked(stored) == stored


def checked(rule: str) -> str | None:
    """The rule as it is stored; None when it is refused."""
    try:
        return check_recurrence(rule, starts_at=STARTS_AT, zone=STOCKHOLM)
    except InvalidError:
        return None


def beginnings(rule: str, first: datetime, zone: ZoneInfo, now: datetime) -> tuple[datetime, ...]:
    """The starts of the windows of a rule, each an hour long."""
    return expand(rule, window_from(first, first + timedelta(hours=1), zone), zone, now).starts


@pytest.mark.parametrize(
    ("rule", "first", "hours"),
    [
        # Clocks go forward on 29 March 2026 at 01:00 UTC and back on 25 October.
        ("FREQ=WEEKLY;COUNT=3", datetime(2026, 3, 22, 3, tzinfo=UTC), [3, 2, 2]),
        ("FREQ=WEEKLY;COUNT=3", datetime(2026, 10, 18, 2, tzinfo=UTC), [2, 3, 3]),
        # 02:30 is left out on 29 March: RFC 5545 takes the offset before the gap.
        ("FREQ=DAILY;COUNT=3", datetime(2026, 3, 28, 1, 30, tzinfo=UTC), [1, 1, 0]),
        # 02:30 comes twice on 25 October: the first of the two.
        ("FREQ=DAILY;COUNT=3", datetime(2026, 10, 24, 0, 30, tzinfo=UTC), [0, 0, 1]),
    ],
)
def test_windows_keep_their_time_of_day_across_summer_time(
    rule: str, first: datetime, hours: list[int]
) -> None:
    assert [each.hour for each in beginnings(rule, first, STOCKHOLM, first)] == hours


def test_a_rule_is_followed_up_to_its_end() -> None:
    rule = "FREQ=DAILY;UNTIL=20260205T020000Z"
    assert [each.day for each in beginnings(rule, STARTS_AT, STOCKHOLM, STARTS_AT)] == [3, 4, 5]


def test_a_rule_without_end_is_followed_for_years() -> None:
    leap = datetime(2024, 2, 29, 2, tzinfo=UTC)
    rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    assert beginnings(rule, leap, STOCKHOLM, datetime(2096, 3, 1, tzinfo=UTC))[-1].year == 2104


def test_a_rule_is_counted_on_and_ended() -> None:
    assert after_windows("FREQ=DAILY;COUNT=5", 2) == "FREQ=DAILY;COUNT=3"
    assert after_windows("FREQ=DAILY;COUNT=2", 2) is None
    assert after_windows("FREQ=DAILY", 2) == "FREQ=DAILY"
    ended = without_count("FREQ=DAILY;COUNT=5", until=STARTS_AT)
    assert ended == "FREQ=DAILY;UNTIL=20260203T020000Z"


# Zones with gaps of an hour, of half an hour, at midnight, of a whole day, and without any.
ZONES = ("Europe/Stockholm", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia", "Asia/Kolkata")
RULES = ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=-1SU")


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.sampled_from(RULES),
    # Local times, to the minute.
    st.datetimes(datetime(2011, 12, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
        lambda at: at.replace(second=0, microsecond=0)
    ),
    st.integers(1, 40 * 60),
)
def test_a_series_repeats_the_local_times_that_were_typed_in_any_zone(
    zone: ZoneInfo, rule: str, start: datetime, minutes: int
) -> None:
    local = LocalSpan(start, start + timedelta(minutes=minutes))
    moved = rule_window(local, zone)
    instants = window_from(moved.starts_at, moved.ends_at, zone)
    first = TypedTimes(local.start, local.end).of(instants, zone)
    for window in expand(f"{rule};COUNT=20", first, zone, moved.starts_at).windows:
        assert window.local.start.time() == start.time()
        assert window.local.length == local.length
        assert window.ends_at > window.starts_at
        if window.is_regular:
            assert local_time(window.starts_at, zone) == window.local.start
            assert local_time(window.ends_at, zone) == window.local.end
