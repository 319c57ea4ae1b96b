"""Syntax of recurrence rules (RFC 5545 section 3.3.10), as far as maintenances support it."""

import re
from collections.abc import Mapping

from app.domain.errors import InvalidError
from app.domain.texts.phrases import N_

__all__ = ["parse_rule", "refusal"]

_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_SUPPORTED = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}) | {
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYSETPOS",
}
_FINER = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_LONGEST = 300
_VALUE = re.compile(r"[A-Z0-9,+-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")
_DAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# How often a weekday comes in the longest month and in the longest year.
_WEEKS_OF_MONTH, _WEEKS_OF_YEAR = 5, 53


def parse_rule(rule: str) -> dict[str, str]:
    """The parts of a rule by name, in capitals. Raises InvalidError with the reason.

    Days are the finest grain. A rule that no day can satisfy is refused as well: dateutil would
    look for its next day up to the year 9999, which takes seconds.
    """
    upper = rule.strip().upper().removeprefix("RRULE:")
    if len(upper) > _LONGEST:
        raise refusal(N_("The rule is longer than 300 characters."))
    parts: dict[str, str] = {}
    for part in upper.split(";"):
        name, equals, value = part.partition("=")
        if not (name.isascii() and name.isalpha() and equals and _VALUE.fullmatch(value)):
            raise refusal(N_("A rule is a list of NAME=VALUE, separated by semicolons."))
        if name in parts:
            raise refusal(N_("The rule has a part twice."))
        parts[name] = value
    _check_names(parts)
    _check_values(parts)
    _check_together(parts)
    _check_days_exist(parts)
    return parts


def refusal(reason: str) -> InvalidError:
    """The error for a rule that is refused for this reason, which the console translates."""
    return InvalidError(
        f"This recurrence rule cannot be used. {reason}",
        code="invalid_recurrence",
        field="recurrence",
        data={"reason": reason},
    )


def _check_names(parts: Mapping[str, str]) -> None:
    if parts.get("FREQ") not in _FREQUENCIES:
        raise refusal(N_("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY."))
    if parts.keys() & _FINER:
        raise refusal(
            N_(
                "BYHOUR, BYMINUTE and BYSECOND are not supported: the time of day is that of the "
                "start."
            )
        )
    if parts.keys() - _SUPPORTED:
        raise refusal(
            N_(
                "The supported parts are FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY, "
                "BYDAY and BYSETPOS."
            )
        )


def _check_values(parts: Mapping[str, str]) -> None:
    if not all(_NUMBER.fullmatch(parts.get(name, "1")) for name in ("INTERVAL", "COUNT")):
        raise refusal(N_("INTERVAL and COUNT must be between 1 and 999."))
    if not all(_DAY.fullmatch(day) for day in parts.get("BYDAY", "MO").split(",")):
        raise refusal(N_("BYDAY names days such as MO, 1MO or -1SU."))
    if not re.fullmatch("MO|TU|WE|TH|FR|SA|SU", parts.get("WKST", "MO")):
        raise refusal(N_("WKST is the day on which a week begins, such as MO."))
    if not _UNTIL.fullmatch(parts.get("UNTIL", "20300131")):
        raise refusal(N_("UNTIL is a date such as 20300131, or a time such as 20300131T120000Z."))
    if any(month not in range(1, 13) for month in _numbers(parts, "BYMONTH")):
        raise refusal(N_("BYMONTH must be between 1 and 12."))
    if any(not 1 <= abs(position) <= 366 for position in _numbers(parts, "BYSETPOS")):
        raise refusal(N_("BYSETPOS must be between 1 and 366, or between -366 and -1."))


def _check_together(parts: Mapping[str, str]) -> None:
    chooses = parts.keys() & {"BYMONTH", "BYMONTHDAY", "BYDAY"}
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise refusal(N_("COUNT and UNTIL cannot be used together."))
    if {"BYDAY", "BYMONTHDAY"} <= parts.keys():
        raise refusal(N_("BYDAY and BYMONTHDAY together are not supported."))
    if parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts:
        raise refusal(N_("FREQ=WEEKLY has no BYMONTHDAY."))
    if parts["FREQ"] == "DAILY" and chooses and parts.get("INTERVAL", "1") != "1":
        raise refusal(N_("FREQ=DAILY with an INTERVAL and a BY part is not supported."))
    if "BYSETPOS" in parts and not chooses:
        raise refusal(N_("BYSETPOS needs another part that begins with BY, such as BYDAY."))


def _check_days_exist(parts: Mapping[str, str]) -> None:
    months = _numbers(parts, "BYMONTH") or range(1, 13)
    longest = max(_LONGEST_MONTHS[month - 1] for month in months)
    if any(not 1 <= abs(day) <= longest for day in _numbers(parts, "BYMONTHDAY")):
        raise refusal(N_("No month has the day of this BYMONTHDAY."))
    largest = max((abs(number) for _, number, _ in _days(parts)), default=0)
    if largest and not _weeks(parts):
        raise refusal(N_("BYDAY has numbers such as 1MO with FREQ=MONTHLY and FREQ=YEARLY only."))
    if largest > _weeks(parts):
        raise refusal(N_("BYDAY has numbers up to 5 in a month and up to 53 in a year."))
    if len({number == 0 for _, number, _ in _days(parts)}) > 1:
        # dateutil 4.0 takes days that match one of each, RFC 5545 days that match any.
        raise refusal(N_("BYDAY with and without numbers together is not supported."))
    positions = [abs(position) for position in _numbers(parts, "BYSETPOS")]
    if any(position > _largest_set(parts) for position in positions):
        raise refusal(N_("No set of dates has an entry for this BYSETPOS."))


def _weeks(parts: Mapping[str, str]) -> int:
    """How often a weekday can come in the period that numbers of BYDAY count in."""
    if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts:
        return _WEEKS_OF_YEAR
    return _WEEKS_OF_MONTH if parts["FREQ"] in {"MONTHLY", "YEARLY"} else 0


def _largest_set(parts: Mapping[str, str]) -> int:
    """Upper bound for the number of days that one period of the rule can have."""
    if parts["FREQ"] == "DAILY":
        return 1
    if parts["FREQ"] == "WEEKLY":
        return len({weekday for _, _, weekday in _days(parts)}) or 1
    months = 1 if parts["FREQ"] == "MONTHLY" else len(set(_numbers(parts, "BYMONTH"))) or 12
    if "BYMONTHDAY" in parts:
        return months * len(set(_numbers(parts, "BYMONTHDAY")))
    if "BYDAY" not in parts:
        return months
    days = {day for day, _, _ in _days(parts)}
    if any(number for _, number, _ in _days(parts)):
        return len(days) * (months if "BYMONTH" in parts else 1)
    if _weeks(parts) == _WEEKS_OF_YEAR:
        return len(days) * _WEEKS_OF_YEAR
    return len(days) * months * _WEEKS_OF_MONTH


def _days(parts: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """The days of BYDAY: as written, the number or 0, and the weekday."""
    weekdays = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    return [(day, int(day[:-2] or 0), day[-2:]) for day in weekdays]


def _numbers(parts: Mapping[str, str], name: str) -> list[int]:
    try:
        return [int(number) for number in parts[name].split(",")] if name in parts else []
    except ValueError:
        raise refusal(N_("BYMONTH, BYMONTHDAY and BYSETPOS are lists of numbers.")) from None
