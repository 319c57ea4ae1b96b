"""Local times of recurring windows, and the instants that they stand for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.maintenances.local_times import LocalSpan, TypedTimes, local_time, rule_window

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
ZONES = ["UTC", "Europe/Stockholm", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> LocalSpan:
    return LocalSpan(local(start), local(end))


@pytest.mark.parametrize(
    ("start", "end", "starts_at", "ends_at"),
    [
        # Winter: UTC+1. Summer: UTC+2.
        ("2026-01-10T02:00", "2026-01-10T04:00", "2026-01-10T01:00", "2026-01-10T03:00"),
        ("2026-07-10T02:00", "2026-07-10T04:00", "2026-07-10T00:00", "2026-07-10T02:00"),
    ],
)
def test_a_window_of_local_times_that_exist_once_is_regular(
    start: str, end: str, starts_at: str, ends_at: str
) -> None:
    window = rule_window(span(start, end), STOCKHOLM)
    assert (window.starts_at, window.ends_at) == (utc(starts_at), utc(ends_at))
    assert window.is_regular


@pytest.mark.parametrize(
    ("start", "end", "starts_at", "ends_at"),
    [
        # On 29 March clocks go from 2:00 to 3:00. The night is an hour shorter.
        ("2026-03-29T01:00", "2026-03-29T05:00", "2026-03-29T00:00", "2026-03-29T03:00"),
        # 2:30 does not exist: UTC+1, the offset before the gap.
        ("2026-03-29T02:30", "2026-03-29T05:00", "2026-03-29T01:30", "2026-03-29T03:00"),
        # 2:30 stands for 3:30, which is after the end: the length of the local times counts.
        ("2026-03-29T02:30", "2026-03-29T03:00", "2026-03-29T01:30", "2026-03-29T02:00"),
        # On 25 October clocks go from 3:00 to 2:00. The night is an hour longer.
        ("2026-10-25T01:00", "2026-10-25T05:00", "2026-10-24T23:00", "2026-10-25T04:00"),
        # 2:30 occurs twice: the first of the two.
        ("2026-10-25T02:30", "2026-10-25T05:00", "2026-10-25T00:30", "2026-10-25T04:00"),
        ("2026-10-25T01:00", "2026-10-25T02:30", "2026-10-24T23:00", "2026-10-25T00:30"),
    ],
)
def test_a_window_in_a_night_in_which_clocks_change_is_not_regular(
    start: str, end: str, starts_at: str, ends_at: str
) -> None:
    window = rule_window(span(start, end), STOCKHOLM)
    assert (window.starts_at, window.ends_at) == (utc(starts_at), utc(ends_at))
    assert not window.is_regular


minutes = st.integers(0, 2 * 366 * 24 * 60)


@given(minutes, st.integers(1, 3 * 24 * 60), st.sampled_from(ZONES))
def test_a_window_never_ends_before_it_starts(minute: int, length: int, zone: str) -> None:
    start = local("2026-01-01") + timedelta(minutes=minute)
    window = rule_window(LocalSpan(start, start + timedelta(minutes=length)), ZoneInfo(zone))
    assert window.starts_at < window.ends_at


@given(minutes, st.integers(1, 3 * 24 * 60), st.sampled_from(ZONES))
def test_the_instants_of_a_regular_window_have_its_local_times(
    minute: int, length: int, zone: str
) -> None:
    start = local("2026-01-01") + timedelta(minutes=minute)
    window = rule_window(LocalSpan(start, start + timedelta(minutes=length)), ZoneInfo(zone))
    if window.is_regular:
        seen = LocalSpan.of(window.starts_at, window.ends_at, ZoneInfo(zone))
        assert seen == window.local


def test_the_local_times_of_a_window_are_those_of_its_instants() -> None:
    seen = LocalSpan.of(utc("2026-07-10T00:00"), utc("2026-07-10T02:00"), STOCKHOLM)
    assert seen == span("2026-07-10T02:00", "2026-07-10T04:00")


def test_a_window_in_the_hour_that_clocks_repeat_has_its_true_length() -> None:
    # From the first 2:45 to the second 2:15.
    seen = LocalSpan.of(utc("2026-10-25T00:45"), utc("2026-10-25T01:15"), STOCKHOLM)
    assert seen == span("2026-10-25T02:45", "2026-10-25T03:15")


def test_a_span_with_another_start_has_an_equal_length() -> None:
    moved = span("2026-07-10T23:00", "2026-07-11T01:30").starting(local("2026-07-17T22:00"))
    assert moved == span("2026-07-17T22:00", "2026-07-18T00:30")
    assert moved.length == 2.5 * HOUR


def test_a_local_time_has_neither_offset_nor_fold() -> None:
    second = local_time(utc("2026-10-25T01:30"), STOCKHOLM)
    assert (second, second.tzinfo, second.fold) == (local("2026-10-25T02:30"), None, 0)


# A window from 3:30 to 5:00 in the night in which 2:30 is skipped.
AFTER_GAP = rule_window(span("2026-03-29T03:30", "2026-03-29T05:00"), STOCKHOLM)


def test_a_skipped_start_that_was_typed_stands_for_the_instant_after_the_gap() -> None:
    typed = TypedTimes(start=local("2026-03-29T02:30")).of(AFTER_GAP, STOCKHOLM)
    assert typed.local == span("2026-03-29T02:30", "2026-03-29T05:00")
    assert (typed.starts_at, typed.ends_at) == (AFTER_GAP.starts_at, AFTER_GAP.ends_at)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (None, None),
        ("2026-03-29T02:30+01:00", local("2026-03-29T02:30")),
        # Offsets after the gap, of another zone, and of a time that exists.
        ("2026-03-29T02:30+02:00", None),
        ("2026-03-29T01:30+00:00", None),
        ("2026-03-29T01:30+01:00", None),
    ],
)
def test_an_instant_with_the_offset_before_the_gap_is_a_skipped_time(
    written: str | None, typed: datetime | None
) -> None:
    at = None if written is None else datetime.fromisoformat(written)
    assert TypedTimes.of_instants(at, at, STOCKHOLM) == TypedTimes(typed, typed)


@pytest.mark.parametrize(
    "typed",
    [
        TypedTimes(),
        # Other instants than those of the window.
        TypedTimes(start=local("2026-03-29T02:45")),
        # Not before the end.
        TypedTimes(start=local("2026-03-29T05:00")),
    ],
)
def test_typed_times_that_do_not_stand_for_the_window_are_ignored(typed: TypedTimes) -> None:
    assert typed.of(AFTER_GAP, STOCKHOLM) == AFTER_GAP
