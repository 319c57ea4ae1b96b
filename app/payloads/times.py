"""Parsing of the time formats of monitors. Source: monitors/README.md sections 1 and 3."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["ReportTime", "find_zone", "read_instant", "read_report_time"]

# Earlier years are placeholders: Go's 0001-01-01 and epoch 0 mean "not set".
_FIRST_YEAR = 1971
_LAST_YEAR = 9998
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A sender's clock may be ahead of ours by this much.
_MAX_CLOCK_SKEW = timedelta(minutes=5)
# Shorter than the smallest change of an offset (30 minutes, Lord Howe), so that at most one reading
# of an ambiguous local time is this close to its arrival.
_MAX_DELAY = timedelta(minutes=15)

_NUMBER = re.compile(r"[+-]?\d{1,25}(?:\.\d{1,12})?")
_WRITTEN = re.compile(
    r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE | re.ASCII,
)


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
    offset. A time without an offset is in `zone`; without `zone` it is no instant. `0001-01-01` and
    epoch 0 mean "not set" and give None. A local time that a change of the offset repeats or skips
    has two readings; the one nearest to `received_at`, and not after it, is returned.
    """
    return _nearest(_readings(text, zone), received_at)


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
    past = [reading for reading in readings if reading <= received_at + _MAX_CLOCK_SKEW]
    return max(past) if past else min(readings, default=None)


def _readings(text: str, zone: tzinfo | None) -> tuple[datetime, ...]:
    """Return the instants that a written time can mean; empty if it is no time."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        instants = [_from_epoch(text)]
    else:
        found = _WRITTEN.fullmatch(text)
        instants = _from_written(found, zone) if found else []
    return tuple(dict.fromkeys(instant for instant in instants if instant is not None))


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


def _from_written(found: re.Match[str], zone: tzinfo | None) -> list[datetime | None]:
    year, month, day, hour, minute, second = (int(found[index] or 0) for index in range(1, 7))
    micros = int((found[7] or "")[:6].ljust(6, "0"))
    try:
        naive = datetime(year, month, day, hour, minute, min(second, 59), micros)  # noqa: DTZ001
    except ValueError:
        return []
    if not found[8]:
        return _in_zone(naive, zone)
    offset = _offset(found[8])
    return [] if offset is None else [_shifted(naive.replace(tzinfo=UTC), -offset)]


def _offset(text: str) -> timedelta | None:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 23 or minutes > 59:
        return None
    length = timedelta(hours=hours, minutes=minutes)
    return -length if text[0] == "-" else length


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
