"""Recurrence rules of maintenances: RFC 5545 section 3.3.10, validation, normal form, expansion."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from app.domain.errors import InvalidError
from app.domain.maintenances.occurrences import UTC_DATE_TIME

__all__ = [
    "after_windows",
    "beginnings",
    "check_recurrence",
    "first_beginning",
    "without_count",
]

_RULE = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(;(INTERVAL|COUNT|UNTIL|WKST|BYMONTH|BYMONTHDAY|BYDAY)=[A-Z0-9,+-]{1,100})*"
)
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")
_DAY = re.compile(r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r";UNTIL=([0-9]{8}T[0-9]{6}Z)")
# A rule for the 29th of February waits eight years at most.
_YEARS_AHEAD = 10
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check_recurrence(rule: str, *, starts_at: datetime) -> str:
    """`rule` in capitals and without `RRULE:`. Raises InvalidError for an unsupported rule.

    Rules finer than days are not supported. A rule that no day satisfies is invalid too: searching
    its next day takes seconds, each time.
    """
    upper = rule.strip().upper().removeprefix("RRULE:")
    if len(upper) > 300 or not _RULE.fullmatch(upper):
        raise _refusal("It starts with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    given = [part.split("=") for part in upper.split(";")]
    parts = dict(given)
    if len(parts) < len(given):
        raise _refusal("It names a part twice.")
    _check_values(parts)
    _check_together(parts)
    try:
        first = next(iter(rrulestr(upper, dtstart=starts_at)), None)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise _refusal("A part has a value that it cannot have.") from error
    if first is None:
        raise _refusal("It never comes true.")
    return upper


def beginnings(
    rule: str, starts_at: datetime, zone: ZoneInfo, now: datetime
) -> tuple[datetime, ...]:
    """The starts of the windows of `rule`, in UTC and in order, from `starts_at` to 10 years ahead.

    They keep their local time in `zone` across daylight saving time. A start in the hour that does
    not exist is as long after midnight as on other days (RFC 5545 section 3.3.5).
    """
    last_year = max(now.year, starts_at.year) + _YEARS_AHEAD
    return _beginnings(rule, starts_at, zone, last_year)


@lru_cache(maxsize=256)
def _beginnings(
    rule: str, starts_at: datetime, zone: ZoneInfo, last_year: int
) -> tuple[datetime, ...]:
    first = starts_at.astimezone(zone).replace(tzinfo=None)
    last = datetime(last_year, 12, 31, 23, 59, 59)  # noqa: DTZ001  # in the page's zone
    until = _UNTIL.search(rule)
    days = rrulestr(_UNTIL.sub("", rule), dtstart=first).between(first, last, inc=True)
    found = (day.replace(tzinfo=zone).astimezone(UTC) for day in days)
    if until is None:
        return tuple(found)
    ended_at = datetime.strptime(until[1], UTC_DATE_TIME).replace(tzinfo=UTC)
    return tuple(each for each in found if each <= ended_at)


def first_beginning(rule: str, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The first start of `rule` at or after `starts_at`. Raises InvalidError when there is none."""
    found = beginnings(rule, starts_at, zone, starts_at)
    if not found:
        raise _refusal("It never comes true.")
    return found[0]


def after_windows(rule: str, count: int) -> str | None:
    """The rest of `rule` after `count` of its windows; None when no window is left."""
    parts = _parts(rule)
    if "COUNT" in parts:
        left = int(parts["COUNT"]) - count
        if left < 1:
            return None
        parts["COUNT"] = str(left)
    return _joined(parts)


def without_count(rule: str, *, until: datetime | None = None) -> str:
    """`rule` without COUNT, and with UNTIL if `until` is given."""
    parts = _parts(rule)
    parts.pop("COUNT", None)
    if until is not None:
        parts["UNTIL"] = until.astimezone(UTC).strftime(UTC_DATE_TIME)
    return _joined(parts)


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=") for part in rule.split(";"))


def _joined(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _check_values(parts: Mapping[str, str]) -> None:
    for name in {"INTERVAL", "COUNT"} & parts.keys():
        if not _NUMBER.fullmatch(parts[name]):
            raise _refusal(f"{name} lies between 1 and 999.")
    days = parts.get("BYDAY", "MO").split(",")
    if not all(_DAY.fullmatch(day) for day in days):
        raise _refusal("BYDAY names days such as MO, 1MO or -1SU.")
    if any(month not in range(1, 13) for month in _numbers(parts, "BYMONTH")):
        raise _refusal("BYMONTH lies between 1 and 12.")


def _check_together(parts: Mapping[str, str]) -> None:
    if "BYDAY" in parts and "BYMONTHDAY" in parts:
        raise _refusal("BYDAY and BYMONTHDAY do not go together here.")
    if parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts:
        raise _refusal("A week has no BYMONTHDAY.")
    chooses = any(name.startswith("BY") for name in parts)
    if parts["FREQ"] == "DAILY" and chooses and parts.get("INTERVAL", "1") != "1":
        raise _refusal("With FREQ=DAILY an INTERVAL stands alone.")
    months = _numbers(parts, "BYMONTH") or range(1, 13)
    longest = max(_LONGEST_MONTHS[month - 1] for month in months)
    if any(not 1 <= abs(day) <= longest for day in _numbers(parts, "BYMONTHDAY")):
        raise _refusal("No month has that BYMONTHDAY.")


def _numbers(parts: Mapping[str, str], name: str) -> list[int]:
    try:
        return [int(number) for number in parts[name].split(",")] if name in parts else []
    except ValueError:
        raise _refusal(f"{name} is a list of numbers.") from None


def _refusal(why: str) -> InvalidError:
    return InvalidError(
        f"This is not a recurrence rule such as FREQ=WEEKLY;BYDAY=SU. {why}",
        code="invalid_recurrence",
        field="recurrence",
    )
