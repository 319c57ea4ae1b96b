"""Windows of a maintenance of Kener: a single one, or a rule of RFC 5545.

Kener expands rules in UTC; Fyr keeps the local time of the page. The two agree but where the clocks
of the page change, or where a window begins on another day there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.importing.rule_zones import LocalTimes, move_days
from app.importing.times import rfc3339

__all__ = ["KenerWindow", "kener_window"]

_CLOCK = {"BYHOUR": "hour", "BYMINUTE": "minute", "BYSECOND": "second"}
_ONCE = "1"
_DATE = re.compile(r"\d{8}")
_DATE_TIME = re.compile(r"\d{8}T\d{6}")


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
    local = LocalTimes(zone or UTC, max(starts_at, now))
    if not move_days(parts, local.days_from_source(starts_at)):
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


def _in_utc(until: str) -> str:
    if _DATE.fullmatch(until):
        return f"{until}T000000Z"
    return f"{until}Z" if _DATE_TIME.fullmatch(until) else until
