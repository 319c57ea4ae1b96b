"""Times of sources are read in every shape, and never without a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.errors import InvalidError
from app.importing.times import NoTimeZoneError, parse_time, rfc3339, zone_of_name

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-09-23T10:01:00-00:00", "2021-09-23T10:01:00Z"),
        ("2021-09-23 9:01", "2021-09-23T07:01:00Z"),
        ("2021-09-23T10:01:00.123Z", "2021-09-23T10:01:00.123Z"),
        ("2021-09-23 10:01:00 +0200", "2021-09-23T08:01:00Z"),
        ("2021-09-23 10:01:00 UTC", "2021-09-23T10:01:00Z"),
        ("2021-09-23", "2021-09-22T22:00:00Z"),
        ("2021-03-28 02:30:00", "2021-03-28T01:30:00Z"),  # skipped: moves forward
        ("2021-10-31 02:30:00", "2021-10-31T00:30:00Z"),  # twice: the first
    ],
)
def test_a_time_becomes_utc(text: str, expected: str) -> None:
    at, _ = parse_time(text, place="x", zone=STOCKHOLM)
    assert rfc3339(at) == expected


@pytest.mark.parametrize(
    "text", ["2021-13-01", "soon", "", None, "1985-01-01T00:00:00Z", "9999-01-01"]
)
def test_what_is_no_time_is_refused_with_its_place(text: object) -> None:
    with pytest.raises(InvalidError, match=r"x\.md:4: date"):
        parse_time(text, place="x.md:4: date", zone=UTC)


def test_a_time_without_any_zone_names_the_option() -> None:
    with pytest.raises(NoTimeZoneError, match=r"--time-zone"):
        parse_time("2021-09-23 10:01", place="x", zone=None)


def test_zones_of_rails_are_known() -> None:
    assert zone_of_name("Eastern Time (US & Canada)") == (ZoneInfo("America/New_York"), True)
    assert zone_of_name("Europe/Stockholm") == (STOCKHOLM, False)
    assert zone_of_name("UTC") == (ZoneInfo("Etc/UTC"), False)
    assert zone_of_name("Nowhere/Else") == (None, False)
    assert rfc3339(datetime(2021, 1, 1, tzinfo=UTC)) == "2021-01-01T00:00:00Z"
