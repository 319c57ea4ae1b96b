"""Parsing of the time formats of monitors. Source: monitors/README.md sections 1 and 3."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["find_zone", "read_instant"]

# Earlier years are placeholders: Go's 0001-01-01 and epoch 0 mean "not set".
_FIRST_YEAR = 1971
_LAST_YEAR = 9998
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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


def read_instant(text: str, zone: tzinfo | None = None) -> datetime | None:
    """Parse a time into an aware UTC instant; None if it is no time.

    Accepts seconds, milliseconds, microseconds and nanoseconds since 1970 by their size; dates with
    `-`, `.` or `/`, with T or a space, with any number of decimals, with or without a colon in the
    offset. A time without an offset is in `zone`; without `zone` it is no instant. `0001-01-01` and
    epoch 0 mean "not set" and give None.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _from_epoch(text)
    found = _WRITTEN.fullmatch(text)
    return _from_written(found, zone) if found else None


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


def _from_written(found: re.Match[str], zone: tzinfo | None) -> datetime | None:
    year, month, day, hour, minute, second = (int(found[index] or 0) for index in range(1, 7))
    micros = int((found[7] or "")[:6].ljust(6, "0"))
    try:
        naive = datetime(year, month, day, hour, minute, min(second, 59), micros)  # noqa: DTZ001
    except ValueError:
        return None
    if not found[8]:
        return _in_zone(naive, zone)
    offset = _offset(found[8])
    return None if offset is None else _shifted(naive.replace(tzinfo=UTC), -offset)


def _offset(text: str) -> timedelta | None:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 23 or minutes > 59:
        return None
    length = timedelta(hours=hours, minutes=minutes)
    return -length if text[0] == "-" else length


def _in_zone(naive: datetime, zone: tzinfo | None) -> datetime | None:
    if zone is None or not _FIRST_YEAR <= naive.year <= _LAST_YEAR:
        return None
    return _shifted(naive.replace(tzinfo=zone).astimezone(UTC), timedelta())


def _shifted(instant: datetime, by: timedelta) -> datetime | None:
    try:
        moved = instant + by
    except OverflowError:
        return None
    return moved if _FIRST_YEAR <= moved.year <= _LAST_YEAR else None
