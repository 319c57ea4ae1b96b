"""Uptime of a service: intervals of status, and the days and shares a page shows of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.statuses import ServiceStatus, worst

__all__ = ["OUTAGES", "Day", "Interval", "Word", "days_of", "intervals_of", "uptime_of"]

# Slow or planned is not down; both outages count in full, whoever they hit.
OUTAGES = frozenset({ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE})

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A span in which a service had one status; `ended_at` is None while it lasts."""

    status: ServiceStatus
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Word:
    """From `at` on, one incident says `status` of a service, until its next word on it."""

    incident: int
    at: datetime
    status: ServiceStatus


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a service in the page's zone.

    `status` is the worst of the day, None when nothing is known of it. `outage_seconds` is the
    time in an outage, `known_seconds` the part of the day that has passed and is known.
    """

    on: date
    status: ServiceStatus | None
    outage_seconds: int
    known_seconds: int


def intervals_of(words: Iterable[Word]) -> list[Interval]:
    """The intervals in which a service was not operational, oldest first, none overlapping.

    The service's status is always the worst of the incidents' latest words on it.
    """
    standing: dict[int, ServiceStatus] = {}
    intervals: list[Interval] = []
    status, since = ServiceStatus.OPERATIONAL, None
    for word in sorted(words, key=lambda each: each.at):
        standing[word.incident] = word.status
        new = worst(standing.values())
        if new is status:
            continue
        if since is not None and since < word.at:
            intervals.append(Interval(status, since, word.at))
        status = new
        since = None if new is ServiceStatus.OPERATIONAL else word.at
    if since is not None:
        intervals.append(Interval(status, since, None))
    return intervals


def days_of(
    intervals: Sequence[Interval],
    *,
    first: date,
    last: date,
    zone: ZoneInfo,
    known_since: datetime,
    now: datetime,
) -> tuple[Day, ...]:
    """The days from `first` to `last`, oldest first, midnight to midnight in `zone`.

    Before `known_since` and after `now` nothing is known.
    """
    count = (last - first).days + 1
    days = (first + timedelta(days=offset) for offset in range(count))
    return tuple(_day(on, intervals, zone=zone, known_since=known_since, now=now) for on in days)


def _day(
    on: date, intervals: Sequence[Interval], *, zone: ZoneInfo, known_since: datetime, now: datetime
) -> Day:
    begins = datetime.combine(on, time(), zone).astimezone(UTC)
    ends = datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC)
    known_from, known_to = max(begins, known_since), min(ends, now)
    touching = [
        (interval.status, min(ended, known_to) - max(interval.started_at, known_from))
        for interval in intervals
        if (ended := interval.ended_at or now) > known_from and interval.started_at < known_to
    ]
    known = (known_to - known_from) // _SECOND
    if known <= 0:
        return Day(on, None, 0, 0)
    out = sum((length for status, length in touching if status in OUTAGES), timedelta())
    # Cut off once, after summing: a day is never longer out than it is known.
    return Day(on, worst(status for status, _ in touching), out // _SECOND, known)


def uptime_of(days: Iterable[Day]) -> float | None:
    """The share of known time without an outage, 0.0 to 1.0; None when nothing is known."""
    known = outage = 0
    for day in days:
        known += day.known_seconds
        outage += day.outage_seconds
    return None if known == 0 else (known - outage) / known
