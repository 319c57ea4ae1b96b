"""Statuses by minute in the database of Kener, and the failures that they show."""

from array import array
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.statuses import ServiceStatus
from app.importing.errors import UnsuitableTimeError
from app.ports.importer import Row

__all__ = ["Failure", "MinuteStatuses"]

_STATUSES = ("UP", "DOWN", "DEGRADED", "NO_DATA", "MAINTENANCE")
_NO_DATA = _STATUSES.index("NO_DATA")
_FAILURES = {
    _STATUSES.index("DOWN"): ServiceStatus.MAJOR_OUTAGE,
    _STATUSES.index("DEGRADED"): ServiceStatus.DEGRADED_PERFORMANCE,
}
_CODES = 8
# 1990 to 2199, in UNIX seconds.
_SECONDS = range(631_152_000, 7_258_118_400)


@dataclass(frozen=True, slots=True)
class Failure:
    """An interval in which a service did not work; `is_guessed` when the source has no end."""

    status: ServiceStatus
    starts_at: datetime
    ends_at: datetime
    is_guessed: bool = False


class MinuteStatuses:
    """The statuses of monitors, by tag. A year of minutes takes 4 MB."""

    def __init__(self, rows: Iterable[Row], tags: Set[str]) -> None:
        self._samples: dict[str, array[int]] = {}
        for row in rows:
            tag = row["monitor_tag"]
            if tag in tags and row["status"] in _STATUSES:
                samples = self._samples.setdefault(tag, array("q"))
                samples.append(_second(row) * _CODES + _STATUSES.index(row["status"]))

    def first(self, tag: str) -> datetime | None:
        """The first minute of which anything is known."""
        samples = self._samples.get(tag, ())
        known = (each // _CODES for each in samples if each % _CODES != _NO_DATA)
        first = min(known, default=None)
        return None if first is None else _time(first)

    def failures(self, tag: str, now: datetime) -> Iterator[Failure]:
        """The failures of a monitor in order. Minutes without data continue what was before."""
        samples = sorted(self._samples.get(tag, ()))
        start = status = last = None
        for each in samples:
            second, code = divmod(each, _CODES)
            if code in {_NO_DATA, status}:
                last = second
                continue
            yield from _failure(status, start, second, now)
            start, status, last = second, code, second
        if start is not None and last is not None:
            yield from _failure(status, start, max(last, start + 1), now, is_guessed=True)


def _failure(
    status: int | None, start: int | None, end: int, now: datetime, *, is_guessed: bool = False
) -> Iterator[Failure]:
    """The failure between two seconds; none when the service worked, or in the future."""
    if status not in _FAILURES or start is None:
        return
    ends_at = min(_time(end), now)
    if ends_at > _time(start):
        yield Failure(_FAILURES[status], _time(start), ends_at, is_guessed)


def _second(row: Row) -> int:
    second = row["timestamp"]
    if not isinstance(second, int) or second not in _SECONDS:
        place = f"monitoring_data of monitor:{row['monitor_tag']}: timestamp"
        raise UnsuitableTimeError(place, f"{place} is {str(second)[:60]!r}, no UNIX time.")
    return second


def _time(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
