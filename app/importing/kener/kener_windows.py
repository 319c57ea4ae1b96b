"""Windows of a maintenance of Kener: a single one, or a rule of RFC 5545.

Kener expands rules in UTC; Fyr keeps the local time of the page. The two agree but where the clocks
of the page change, or where a window begins on another day there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.importing.times import rfc3339

__all__ = ["KenerWindow", "kener_window"]

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CLOCK = {"BYHOUR": "hour", "BYMINUTE": "minute", "BYSECOND": "second"}
_DAY_PARTS = frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"})
_ONCE = "1"
# Month days that exist in every month, before and after they move by one day.
_SAFE_DAYS = range(2, 28)
_DATE = re.compile(r"\d{8}")
_DATE_TIME = re.compile(r"\d{8}T\d{6}")
_MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class KenerWindow:
    """The first window, and the recurrence as a document has it; None for a single window.

    `is_lost` says that the rule has no equal in the time zone of the page.
    """

    starts_at: datetime
    ends_at: datetime
    recurrence: dict[str, Any] | None = None
    is_lost: bool = False


def kener_window(
    rule: str,
    starts_at: datetime,
    length: timedelta,
    cancelled: Iterable[datetime],
    *,
    zone: tzinfo | None,
    now: datetime,
) -> KenerWindow:
    """The windows of a rule whose first one can begin at `starts_at`.

    `cancelled` are the starts of cancelled ones. Without `zone`, the zone of the page is not known.
    """
    parts = _parts(rule)
    if not parts or parts.get("COUNT") == _ONCE:
        return KenerWindow(starts_at, starts_at + length)
    starts_at = _at_clock(parts, starts_at)
    local = _LocalTimes(zone or UTC, max(starts_at, now))
    if not _move_days(parts, local.days_from_utc(starts_at)):
        return KenerWindow(starts_at, starts_at + length, is_lost=True)
    if "UNTIL" in parts:
        parts["UNTIL"] = _in_utc(parts["UNTIL"])
    recurrence: dict[str, Any] = {
        "rrule": ";".join(f"{name}={value}" for name, value in parts.items()),
        "cancelled": [rfc3339(local.moved(each)) for each in cancelled],
    }
    if zone is None or local.changes:
        recurrence["time_zone"] = "Etc/UTC"
    first = local.moved(starts_at)
    return KenerWindow(first, first + length, recurrence)


def _parts(rule: str) -> dict[str, str]:
    """The parts of a rule by name; a line with the start is not needed."""
    lines = [line for line in rule.upper().split("\n") if not line.startswith("DTSTART")]
    text = "".join(lines).strip().removeprefix("RRULE:")
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _at_clock(parts: dict[str, str], start: datetime) -> datetime:
    """The start at the time of day that the rule names, at `start` or after it."""
    clock = {}
    for name, unit in _CLOCK.items():
        value = parts.get(name, "")
        if value.isdecimal() and int(value) < (24 if unit == "hour" else 60):
            clock[unit] = int(value)
            del parts[name]
    moved = start.replace(**clock)  # type: ignore[arg-type]  # hour, minute, second
    return moved if moved >= start else moved + timedelta(days=1)


def _move_days(parts: dict[str, str], days: int) -> bool:
    """Move the days that a rule names by -1, 0 or 1; whether that is possible."""
    if days == 0 or not parts.keys() & _DAY_PARTS:
        return True
    named = (parts.keys() & _DAY_PARTS) - {"BYDAY"}
    if not named and parts.get("FREQ") in {"DAILY", "WEEKLY"}:
        found = parts["BYDAY"].split(",")
        if set(found) <= set(_DAYS):
            parts["BYDAY"] = ",".join(_DAYS[(_DAYS.index(day) + days) % 7] for day in found)
            return True
    if named == {"BYMONTHDAY"} and "BYDAY" not in parts:
        numbers = parts["BYMONTHDAY"].split(",")
        if all(each.isdecimal() and int(each) in _SAFE_DAYS for each in numbers):
            parts["BYMONTHDAY"] = ",".join(str(int(each) + days) for each in numbers)
            return True
    return False


def _in_utc(until: str) -> str:
    if _DATE.fullmatch(until):
        return f"{until}T000000Z"
    return f"{until}Z" if _DATE_TIME.fullmatch(until) else until


class _LocalTimes:
    """Local times at the offset that the zone has at a moment: that of the next window."""

    def __init__(self, zone: tzinfo, moment: datetime) -> None:
        self._zone = zone
        self._offset = self._offset_at(moment)
        months = (moment + timedelta(days=30 * number) for number in range(_MONTHS_AHEAD + 1))
        # Whether clocks change, so that a rule in UTC is another one than that of the page.
        self.changes = any(self._offset_at(each) != self._offset for each in months)

    def _offset_at(self, moment: datetime) -> timedelta:
        return moment.astimezone(self._zone).utcoffset() or timedelta()

    def days_from_utc(self, at: datetime) -> int:
        """How many days later the local date is than the date in UTC: -1, 0 or 1."""
        return ((at + self._offset).date() - at.date()).days

    def moved(self, at: datetime) -> datetime:
        """The moment at which clocks show what they would show with the offset."""
        wall = (at + self._offset).replace(tzinfo=self._zone)
        return wall.astimezone(UTC)
