"""VTIMEZONE components, read by a strict reader and by the forms that Outlook accepts."""

import io
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Timezone

from app.rendering.formats.calendar_time_zone import time_zone

FIRST, LAST = 2026, 2036


def _of(name: str) -> Timezone:
    zone = time_zone(ZoneInfo(name), FIRST, LAST)
    assert zone is not None
    return zone


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Stockholm",
        "Europe/Dublin",
        "America/New_York",
        "America/Santiago",
        "America/Nuuk",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Asia/Jerusalem",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
    ],
)
def test_a_reader_of_the_time_zone_finds_the_offset_of_every_day(name: str) -> None:
    text = _of(name).to_ical().decode().replace("\r\n", "\n")
    read = tzical(io.StringIO(f"BEGIN:VCALENDAR\n{text}END:VCALENDAR\n")).get()
    zone = ZoneInfo(name)
    local = datetime(FIRST, 1, 1)  # noqa: DTZ001  # each local time is given both zones
    while local.year <= LAST:
        at = local.replace(tzinfo=zone)
        if at.utcoffset() == at.replace(fold=1).utcoffset():
            assert local.replace(tzinfo=read).utcoffset() == at.utcoffset(), local
        local += timedelta(hours=73)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("Europe/Stockholm", {"-1SU"}),
        ("America/New_York", {"1SU", "2SU"}),
        ("Australia/Sydney", {"1SU"}),
    ],
)
def test_yearly_changes_are_rules_without_an_end(name: str, rules: set[str]) -> None:
    text = _of(name).to_ical().decode()
    assert [text.count(f"BEGIN:{each}") for each in ("STANDARD", "DAYLIGHT")] == [1, 1]
    found = re.findall(r"RRULE:FREQ=YEARLY;BYDAY=(-?[0-9]SU);BYMONTH=[0-9]+\r\n", text)
    assert (len(found), set(found)) == (2, rules)
    assert "RDATE" not in text


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "GMT"])
def test_utc_needs_no_time_zone(name: str) -> None:
    assert time_zone(ZoneInfo(name), FIRST, LAST) is None
