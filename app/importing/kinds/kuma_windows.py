"""Windows of a maintenance of Uptime Kuma: a single one, or a rule of RFC 5545 for its strategy."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidError
from app.importing.rule_zones import LocalTimes, move_days
from app.importing.times import NoTimeZoneError, parse_time, rfc3339
from app.importing.values import int_of
from app.ports.importer import Row

__all__ = ["KumaWindow", "kuma_window"]

_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_SINGLE = "single"
_LAST_DAY = "lastDay"
# The longest search for the last window of a series that has no start.
_DAYS_BACK = 62
_LONGEST_SECONDS = 366 * 86_400


@dataclass(frozen=True, slots=True)
class KumaWindow:
    """The first window, and the recurrence as a document has it; None for a single window.

    `is_lost`: the windows follow no rule, and this is the one that is open now.
    """

    starts_at: datetime
    ends_at: datetime
    recurrence: dict[str, Any] | None = None
    is_lost: bool = False


def kuma_window(
    row: Row, zone: ZoneInfo | None, now: datetime, ref: str, page: ZoneInfo | None = None
) -> KumaWindow | None:
    """The windows of a maintenance; None for a strategy without a rule, unless one is open now.

    `zone` is that of the maintenance, `page` that of the page, in which rules are kept: the next
    window keeps its moment.

    Raises InvalidError for a window of no length, and for a time that is none; NoTimeZoneError when
    it has local times without a zone.
    """
    start = _local(row["start_date"], f"{ref}: start_date")
    end = _local(row["end_date"], f"{ref}: end_date")
    if row["strategy"] == _SINGLE:
        if start is None or end is None or end <= start:
            raise InvalidError(f"{ref} is a window of no length.", field=ref)
        known = _known(zone, f"{ref}: start_date")
        # Local times that clocks skip can be one moment.
        begins_at = _utc(start, known)
        ends_at = max(_utc(end, known), begins_at + timedelta(seconds=1))
        return KumaWindow(begins_at, ends_at)
    rule = _rule(row)
    begins, ends = _clock(row["start_time"]), _clock(row["end_time"])
    if rule is None or begins is None or ends is None:
        return _open_window(row, now, ref)
    length = timedelta(hours=ends.hour - begins.hour, minutes=ends.minute - begins.minute)
    if length <= timedelta():
        length += timedelta(days=1)
    known = _known(zone, f"{ref}: start_time")
    day = start.date() if start is not None else _last_day(row, begins, known, now)
    first = datetime.combine(day, begins)
    starts_at = _utc(first, known)
    local = LocalTimes(page or known, max(starts_at, now), known)
    parts = dict(part.split("=") for part in rule.split(";"))
    if not move_days(parts, local.days_from_source(starts_at)):
        return KumaWindow(starts_at, _utc(first + length, known), is_lost=True)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    recurrence: dict[str, Any] = {"rrule": rule, "time_zone": known.key}
    if end is not None:
        recurrence["until"] = rfc3339(_utc(end, known))
    begins_at = local.moved(starts_at)
    return KumaWindow(begins_at, begins_at + length, recurrence)


def _known(zone: ZoneInfo | None, place: str) -> ZoneInfo:
    if zone is None:
        raise NoTimeZoneError(place)
    return zone


def _open_window(row: Row, now: datetime, ref: str) -> KumaWindow | None:
    """The window that is open now: from the last start, in UTC, as long as windows are."""
    seconds = int_of(row["duration"])
    if not row["last_start_date"] or not 0 < seconds <= _LONGEST_SECONDS:
        return None
    start, _ = parse_time(row["last_start_date"], place=f"{ref}: last_start_date", zone=UTC)
    end = start + timedelta(seconds=seconds)
    return KumaWindow(start, end, is_lost=True) if start <= now < end else None


def _rule(row: Row) -> str | None:
    match row["strategy"]:
        case "recurring-weekday":
            days = sorted(day for day in _numbers(row["weekdays"]) if 0 <= day < len(_DAYS))
            return f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[day] for day in days)}" if days else None
        case "recurring-day-of-month":
            days = _month_days(row)
            return f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, days))}" if days else None
        case "recurring-interval":
            days = _numbers(f"[{row['interval_day'] or 0}]")
            return f"FREQ=DAILY;INTERVAL={days[0]}" if days and days[0] > 0 else None
        case _:
            return None


def _month_days(row: Row) -> list[int]:
    """Days of the month; `lastDay1` is the last one, -1."""
    found = []
    for each in _list(row["days_of_month"]):
        text = str(each)
        if text.startswith(_LAST_DAY) and text[len(_LAST_DAY) :].isdecimal():
            found.append(-int(text[len(_LAST_DAY) :]))
        elif text.isdecimal() and 1 <= int(text) <= 31:
            found.append(int(text))
    return sorted(found, key=lambda day: (day < 0, day))


def _last_day(row: Row, begins: time, zone: ZoneInfo, now: datetime) -> date:
    """The day of the last window before now, of a series that has no start."""
    today = now.astimezone(zone).date()
    for back in range(_DAYS_BACK):
        day = today - timedelta(days=back)
        if _utc(datetime.combine(day, begins), zone) <= now and _is_on(row, day):
            return day
    return today


def _is_on(row: Row, day: date) -> bool:
    if row["strategy"] == "recurring-weekday":
        return day.isoweekday() % 7 in _numbers(row["weekdays"])
    if row["strategy"] == "recurring-day-of-month":
        days_left = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - day).days
        return day.day in _month_days(row) or -days_left in _month_days(row)
    return True


def _local(value: object, place: str) -> datetime | None:
    """A local time of the maintenance, without its zone."""
    if value is None or value == "":
        return None
    return parse_time(value, place=place, zone=UTC)[0].replace(tzinfo=None)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _clock(value: object) -> time | None:
    found = re.match(r"(\d{1,2}):(\d{2})", str(value or ""))
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _list(value: object) -> list[object]:
    try:
        found = json.loads(str(value or "[]"))
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _numbers(value: object) -> list[int]:
    return [each for each in _list(value) if isinstance(each, int) and not isinstance(each, bool)]
