"""Uptime of a service: intervals of status, and the days and shares a page shows of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.statuses import ServiceStatus, worst

__all__ = ["OUTAGES", "Day", "Interval", "StatusChange", "days_of", "intervals_of", "uptime_of"]

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
class StatusChange:
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


def intervals_of(words: Iterable[StatusChange]) -> list[Interval]:
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
    edges = _midnights(first, last, zone)
    days = list(_calm_days(first, last, zone, known_since))
    touching = _by_day(intervals, edges, now)
    today = max(bisect_left(edges, now, hi=len(days)) - 1, 0)
    for place in {*touching, *range(today, len(days))}:
        inside, span = touching.get(place, ()), edges[place : place + 2]
        days[place] = _day(days[place].on, inside, span, known_since, now)
    return tuple(days)


def _by_day(
    intervals: Iterable[Interval], edges: Sequence[datetime], now: datetime
) -> dict[int, list[Interval]]:
    """The intervals that touch each day, by the day's place."""
    touching: dict[int, list[Interval]] = {}
    for interval in intervals:
        begins = max(bisect_right(edges, interval.started_at) - 1, 0)
        ends = min(bisect_left(edges, interval.ended_at or now), len(edges) - 1)
        for place in range(begins, ends):
            touching.setdefault(place, []).append(interval)
    return touching


# Pages of many services show the same days again and again.
@lru_cache(maxsize=8)
def _midnights(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The midnights at which these days begin, and the one at which the last ends."""
    days = (*_dates(first, last), last + timedelta(days=1))
    return tuple(datetime.combine(on, time(), zone).astimezone(UTC) for on in days)


@lru_cache(maxsize=256)
def _calm_days(first: date, last: date, zone: ZoneInfo, known_since: datetime) -> tuple[Day, ...]:
    """The days of a service that nothing ever happened to, once all of them are over."""
    edges = _midnights(first, last, zone)
    spans = zip(_dates(first, last), edges[:-1], edges[1:], strict=True)
    return tuple(
        _calm(on, (until - max(begins, known_since)) // _SECOND) for on, begins, until in spans
    )


def _dates(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _calm(on: date, known_seconds: int) -> Day:
    if known_seconds <= 0:
        return Day(on, None, 0, 0)
    return Day(on, ServiceStatus.OPERATIONAL, 0, known_seconds)


def _day(
    on: date,
    intervals: Sequence[Interval],
    edges: Sequence[datetime],
    known_since: datetime,
    now: datetime,
) -> Day:
    begins, ends = edges
    known_from, known_to = max(begins, known_since), min(ends, now)
    known = (known_to - known_from) // _SECOND
    touching = [
        (interval.status, min(ended, known_to) - max(interval.started_at, known_from))
        for interval in intervals
        if interval.started_at < known_to and (ended := interval.ended_at or now) > known_from
    ]
    if known <= 0 or not touching:
        return _calm(on, known)
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
