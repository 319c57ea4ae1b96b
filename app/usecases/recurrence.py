"""Recurrence rules of maintenances: RFC 5545 section 3.3.10, checked and spelled one way."""

import re
from collections.abc import Mapping
from datetime import datetime

from dateutil.rrule import rrulestr

from app.domain.errors import InvalidError

__all__ = ["check_recurrence"]

_RULE = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(;(INTERVAL|COUNT|UNTIL|WKST|BYMONTH|BYMONTHDAY|BYDAY)=[A-Z0-9,+-]{1,100})*"
)
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")
_DAY = re.compile(r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check_recurrence(rule: str, *, starts_at: datetime) -> str:
    """`rule` in capitals and without `RRULE:`. Raises InvalidError unless it can be followed.

    Days are the finest grain. A rule that no day can satisfy is refused as well: looking for its
    next day would take seconds, each time.
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
