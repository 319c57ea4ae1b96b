"""Instants as monitors write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payloads.times import find_zone, read_instant

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
        ("2026-11-23 10:00:00,5", TEN.replace(microsecond=500_000)),
        ("2026.11.23 10:00", TEN),
        ("2026/11/23 10:00:00", TEN),
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


def test_a_zone_that_does_not_exist_is_none() -> None:
    assert [find_zone(name) for name in ("Mars/Olympus", "", "../etc/passwd", "Europe")] == [
        None
    ] * 4


@given(st.text(max_size=40) | st.from_regex(r"[0-9 .:TZ+/-]{0,40}", fullmatch=True))
def test_no_text_is_too_odd(text: str) -> None:
    instant = read_instant(text, ZoneInfo("Europe/Stockholm"))
    assert instant is None or instant.utcoffset() is not None
