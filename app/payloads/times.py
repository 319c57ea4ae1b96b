"""Parsing of the time formats of monitors. Source: monitors/README.md sections 1 and 3."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

__all__ = [
    "MAX_CLOCK_SKEW",
    "ReportTime",
    "find_zone",
    "is_unset_time",
    "read_instant",
    "read_report_time",
]

# Earlier years are placeholders: Go's 0001-01-01 and epoch 0 mean "not set".
_FIRST_YEAR = 1971
_LAST_YEAR = 9998
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A sender's clock may be ahead of ours by this much.
MAX_CLOCK_SKEW = timedelta(minutes=5)
# Shorter than the smallest change of an offset (30 minutes, Lord Howe), so that at most one reading
# of an ambiguous local time is this close to its arrival.
_MAX_DELAY = timedelta(minutes=15)

_NUMBER = re.compile(r"[+-]?\d{1,25}(?:\.\d{1,12})?")
# 1.795428e+09, as Go and Python write large numbers with a fraction.
_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,18})?e\+?\d{1,2}", re.IGNORECASE | re.ASCII)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
# RFC 2822 section 4.3 defines the names of the American zones, which are written in mail. `date`
# and Java write those of Europe, which stand for one offset each; BST and IST stand for several.
_ZONES = {
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3},
}
_ZONE = (
    r"(?:\s*\(?(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}:?\d{2}|(?:UTC|GMT)?[+-]\d{1,2}"
    rf"|Z|UTC|GMT|UT|{'|'.join(_ZONES)})\)?)?"
)
_TIME = rf"(?:,?\s+(?:at\s+)?{_CLOCK})?{_ZONE}"
_COMMENT = r"(?:\s+\([A-Z]{1,5}\))?"
_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"
    # What follows repeats the offset: the name of the zone in brackets (RFC 9557, Java), or behind
    # a space (Go), and Go's reading of the monotonic clock.
    rf"(?:[T ]+{_CLOCK})?{_ZONE}"
    r"(?(zone)(?:\[[^\]]{1,80}\]|\s+(?:[A-Z]{1,5}|[+-]\d{2,4})(?:\s+m=[+-][\d.]{1,30})?)?)",
    re.IGNORECASE | re.ASCII,
)
# The basic format of ISO 8601, as in calendars and AWS: 20261123T100000Z.
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T(?P<hour>\d{2})(?P<minute>\d{2})"
    rf"(?:(?P<second>\d{{2}})(?:[.,](?P<part>\d+))?)?{_ZONE}",
    re.IGNORECASE | re.ASCII,
)
# 20261123100000. Since 1970 there are fewer milliseconds than that until the year 2598.
_COMPACT = re.compile(
    r"(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})"
    r"(?P<second>\d{2})(?P<part>(?!))?(?P<zone>(?!))?",
    re.ASCII,
)
# Dates with the name of the month: RFC 2822, RFC 850, and those of mails and of `date`.
_NAMED = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        # Mon, 23 Nov 2026 10:00:00 +0100; 23 November 2026 at 10:00; Monday, 23-Nov-26 10:00:00 GMT
        rf"{_WEEKDAY}{_DAY}[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}}|\d{{2}}){_TIME}{_COMMENT}",
        # November 23, 2026 10:00 AM UTC; Nov 23 2026
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}}){_TIME}",
        # Mon Nov 23 10:00:00 UTC 2026, Mon Nov 23 10:00:00 2026
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
        # 10:00 UTC, 23 Nov 2026
        rf"{_CLOCK}{_ZONE},?\s+(?:on\s+)?{_WEEKDAY}{_DAY}\s+{_MONTH},?\s+(?P<year>\d{{4}})",
        # 23/Nov/2026:10:00:00 +0000
        rf"{_DAY}/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK}{_ZONE}",
        # 10:00:00 23 November 2026 UTC
        rf"{_CLOCK},?\s+(?:on\s+)?{_WEEKDAY}{_DAY}\s+{_MONTH},?\s+(?P<year>\d{{4}}){_ZONE}",
    )
)
_MAX_NAMED = 80


def find_zone(name: str) -> tzinfo | None:
    """Find a time zone by its IANA name, such as `Europe/Stockholm`; None if unknown."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # malformed, a directory, unknown
        return None


@dataclass(frozen=True, slots=True)
class ReportTime:
    """Time of a report by the sender's clock.

    `at` is the reading nearest to the arrival. `earliest` is set for a local time that can also
    mean an earlier instant, if the arrival does not show which one is meant.
    """

    at: datetime | None
    earliest: datetime | None = None


def read_instant(
    text: str, zone: tzinfo | None = None, received_at: datetime | None = None
) -> datetime | None:
    """Parse a time into an aware UTC instant; None if it is no time.

    Accepts seconds, milliseconds, microseconds and nanoseconds since 1970 by their size; dates with
    `-`, `.` or `/`, with T or a space, with any number of decimals, with or without a colon in the
    offset; 14 digits; RFC 2822 and other dates with an English name of the month.

    A time without an offset is in `zone`; without `zone` it is no instant. `0001-01-01` and epoch 0
    mean "not set" and give None. A local time that a change of the offset repeats or skips has two
    readings; the one nearest to `received_at`, and not after it, is returned.
    """
    return _nearest(_readings(text, zone), received_at)


def is_unset_time(text: str) -> bool:
    """Whether a time says "not set", as `0001-01-01T00:00:00Z` and the epoch 0 do."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text) == 0
    found = _WRITTEN.fullmatch(text)
    return found is not None and int(found["year"]) < _FIRST_YEAR


def read_report_time(text: str, zone: tzinfo | None, received_at: datetime) -> ReportTime:
    """Parse the time of a report that arrived at `received_at`, as `read_instant` does."""
    readings = _readings(text, zone)
    found = _nearest(readings, received_at)
    if found is None or len(readings) == 1 or received_at - found <= _MAX_DELAY:
        return ReportTime(found)
    return ReportTime(found, min(readings))


def _nearest(readings: tuple[datetime, ...], received_at: datetime | None) -> datetime | None:
    if received_at is None:
        return readings[0] if readings else None
    past = [reading for reading in readings if reading <= received_at + MAX_CLOCK_SKEW]
    return max(past) if past else min(readings, default=None)


def _readings(text: str, zone: tzinfo | None) -> tuple[datetime, ...]:
    """Return the instants that a written time can mean; empty if it is no time."""
    text = text.strip()
    if _SCIENTIFIC.fullmatch(text):
        text = f"{Decimal(text):f}"
    if found := _COMPACT.fullmatch(text):
        instants = _from_written(found.groupdict(), zone)
    elif _NUMBER.fullmatch(text):
        instants = [_from_epoch(text)]
    elif found := _WRITTEN.fullmatch(text) or _BASIC.fullmatch(text) or _match_named(text):
        instants = _from_written(found.groupdict(), zone)
    else:
        instants = []
    return tuple(dict.fromkeys(instant for instant in instants if instant is not None))


def _match_named(text: str) -> re.Match[str] | None:
    if len(text) > _MAX_NAMED:
        return None
    found = (pattern.fullmatch(text) for pattern in _NAMED)
    return next((match for match in found if match), None)


def _from_epoch(text: str) -> datetime | None:
    whole, _, decimals = text.partition(".")
    count = int(whole)
    # Until the year 5138 seconds have at most 11 digits; each smaller unit has three more.
    for limit, per_second in ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9)):
        if abs(count) < limit:
            seconds, rest = divmod(count, per_second)
            micros = rest * 10**6 // per_second
            if per_second == 1 and decimals:
                micros = int(decimals[:6].ljust(6, "0"))
            return _shifted(_EPOCH, timedelta(seconds=seconds, microseconds=micros))
    return None


def _from_written(found: Mapping[str, str | None], zone: tzinfo | None) -> list[datetime | None]:
    micros = int((found["part"] or "")[:6].ljust(6, "0"))
    second = min(int(found["second"] or 0), 59)
    try:
        naive = datetime(  # noqa: DTZ001  # its zone follows
            _year(found["year"] or ""),
            _month(found["month"] or ""),
            int(found["day"] or 0),
            _hour(int(found["hour"] or 0), found.get("half")),
            int(found["minute"] or 0),
            second,
            micros,
        )
    except ValueError:
        return []
    if not found["zone"]:
        return _in_zone(naive, zone)
    offset = _offset(found["zone"])
    return [] if offset is None else [_shifted(naive.replace(tzinfo=UTC), -offset)]


def _year(text: str) -> int:
    """Read a year; two digits as RFC 2822 section 4.3 says."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 50 else 1900)


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS[text.lower()]


def _hour(hour: int, half: str | None) -> int:
    """Hour of the day. Raises ValueError for a 12-hour clock that shows none of its hours."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _offset(text: str) -> timedelta | None:
    name = text.lower()
    if name in _ZONES:
        return timedelta(hours=_ZONES[name])
    digits = name.removeprefix("utc").removeprefix("gmt").removeprefix("ut").removeprefix("z")
    if not digits:
        return timedelta()
    hours, _, minutes = digits[1:].partition(":")
    if len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    if int(hours) > 23 or int(minutes or 0) > 59:
        return None
    length = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return -length if digits[0] == "-" else length


def _in_zone(naive: datetime, zone: tzinfo | None) -> list[datetime | None]:
    """Return the instants of a local time: two where the offset changes (PEP 495), else one."""
    if zone is None or not _FIRST_YEAR <= naive.year <= _LAST_YEAR:
        return []
    return [
        _shifted(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC), timedelta())
        for fold in (0, 1)
    ]


def _shifted(instant: datetime, by: timedelta) -> datetime | None:
    try:
        moved = instant + by
    except OverflowError:
        return None
    return moved if _FIRST_YEAR <= moved.year <= _LAST_YEAR else None
