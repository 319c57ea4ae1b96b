"""Uptime of a service: its status intervals, days and share of uptime."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.statuses import ServiceStatus, worst
from app.domain.texts.phrases import Text

__all__ = [
    "MIN_KNOWN_DAYS",
    "OUTAGES",
    "Day",
    "IncidentLink",
    "IncidentSpan",
    "Interval",
    "StatusChange",
    "days_of",
    "intervals_of",
    "known_days",
    "uptime_of",
    "uptime_over",
    "with_incidents",
]

# Degraded performance and maintenance are not downtime; partial outages count in full.
OUTAGES = frozenset({ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE})

# A share of less time says little, and one incident would dominate it.
MIN_KNOWN_DAYS = 30

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """Period in which a service had one status; `ended_at` is None while it lasts."""

    status: ServiceStatus
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Status that one incident gives a service from `at` on, until its next change."""

    incident: int
    at: datetime
    status: ServiceStatus


@dataclass(frozen=True, slots=True)
class IncidentLink:
    """Public id and title of an incident, for a link to it."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a service in the page's time zone.

    `status` is the worst status of the day, None when nothing is known about it. `outage_seconds`
    is the time in an outage; `known_seconds` is the part of the day that has passed and is known.
    `spans` are the seconds in each status other than operational, worst status first. `incidents`
    are those that affected the service on a day that was not operational.
    """

    on: date
    status: ServiceStatus | None
    outage_seconds: int
    known_seconds: int
    spans: tuple[tuple[ServiceStatus, int], ...] = ()
    incidents: tuple[IncidentLink, ...] = ()


def intervals_of(changes: Iterable[StatusChange]) -> list[Interval]:
    """The intervals in which a service was not operational, oldest first, without overlap.

    At any time the service's status is the worst of the latest status that each incident gave it.
    """
    by_incident: dict[int, ServiceStatus] = {}
    intervals: list[Interval] = []
    status, since = ServiceStatus.OPERATIONAL, None
    for change in sorted(changes, key=lambda each: each.at):
        by_incident[change.incident] = change.status
        new = worst(by_incident.values())
        if new is status:
            continue
        if since is not None and since < change.at:
            intervals.append(Interval(status, since, change.at))
        status = new
        since = None if new is ServiceStatus.OPERATIONAL else change.at
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
    """The days from `first` to `last`, oldest first, from midnight to midnight in `zone`.

    Time before `known_since` and after `now` is unknown.
    """
    edges = _midnights(first, last, zone)
    days = list(_operational_days(first, last, zone, known_since))
    by_index = _by_day_index(intervals, edges, now)
    today = max(bisect_left(edges, now, hi=len(days)) - 1, 0)
    for index in {*by_index, *range(today, len(days))}:
        of_day, span = by_index.get(index, ()), edges[index : index + 2]
        days[index] = _day(days[index].on, of_day, span, known_since, now)
    return tuple(days)


def _by_day_index(
    intervals: Iterable[Interval], edges: Sequence[datetime], now: datetime
) -> dict[int, list[Interval]]:
    """The intervals that overlap each day, by the index of the day."""
    by_index: dict[int, list[Interval]] = {}
    for interval in intervals:
        begins = max(bisect_right(edges, interval.started_at) - 1, 0)
        ends = min(bisect_left(edges, interval.ended_at or now), len(edges) - 1)
        for index in range(begins, ends):
            by_index.setdefault(index, []).append(interval)
    return by_index


# All services of a page share these.
@lru_cache(maxsize=8)
def _midnights(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Start of each day in UTC, and the end of the last one."""
    days = (*_dates(first, last), last + timedelta(days=1))
    return tuple(datetime.combine(on, time(), zone).astimezone(UTC) for on in days)


@lru_cache(maxsize=256)
def _operational_days(
    first: date, last: date, zone: ZoneInfo, known_since: datetime
) -> tuple[Day, ...]:
    """The days of a service without any incident, as they are once all of them are over."""
    edges = _midnights(first, last, zone)
    spans = zip(_dates(first, last), edges[:-1], edges[1:], strict=True)
    return tuple(
        _operational_day(on, (until - max(begins, known_since)) // _SECOND)
        for on, begins, until in spans
    )


def _dates(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _operational_day(on: date, known_seconds: int) -> Day:
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
    overlaps = [
        (interval.status, min(ended, known_to) - max(interval.started_at, known_from))
        for interval in intervals
        if interval.started_at < known_to and (ended := interval.ended_at or now) > known_from
    ]
    if known <= 0 or not overlaps:
        return _operational_day(on, known)
    outage = sum((length for status, length in overlaps if status in OUTAGES), timedelta())
    # Rounded down once, after summing: the outage must not exceed the known time.
    return Day(
        on, worst(status for status, _ in overlaps), outage // _SECOND, known, _spans(overlaps)
    )


def _spans(
    overlaps: Iterable[tuple[ServiceStatus, timedelta]],
) -> tuple[tuple[ServiceStatus, int], ...]:
    """The seconds in each status, worst status first."""
    lengths: dict[ServiceStatus, timedelta] = {}
    for status, length in overlaps:
        lengths[status] = lengths.get(status, timedelta()) + length
    worst_first = sorted(lengths, key=lambda status: -status.severity)
    return tuple((status, lengths[status] // _SECOND) for status in worst_first)


@dataclass(frozen=True, slots=True)
class IncidentSpan:
    """The time that an incident lasted; `resolved_at` is None while it is open."""

    id: str
    title: Text
    started_at: datetime
    resolved_at: datetime | None


def with_incidents(
    days: Sequence[Day], incidents: Sequence[IncidentSpan], *, zone: ZoneInfo, now: datetime
) -> tuple[Day, ...]:
    """The days; those with trouble have the incidents that lasted into them, in their order."""
    if not incidents:
        return tuple(days)
    dates = [
        (
            each.started_at.astimezone(zone).date(),
            (each.resolved_at or now).astimezone(zone).date(),
            IncidentLink(each.id, each.title),
        )
        for each in incidents
    ]
    return tuple(
        replace(day, incidents=tuple(link for begun, end, link in dates if begun <= day.on <= end))
        if day.status is not None and day.status is not ServiceStatus.OPERATIONAL
        else day
        for day in days
    )


def known_days(days: Iterable[Day]) -> int:
    """The number of days about which something is known."""
    return sum(day.known_seconds > 0 for day in days)


def uptime_over(days: Sequence[Day]) -> float | None:
    """The share of known time without an outage; None below MIN_KNOWN_DAYS known days."""
    return uptime_of(days) if known_days(days) >= MIN_KNOWN_DAYS else None


def uptime_of(days: Iterable[Day]) -> float | None:
    """The share of known time without an outage, 0.0 to 1.0; None when nothing is known."""
    known = outage = 0
    for day in days:
        known += day.known_seconds
        outage += day.outage_seconds
    return None if known == 0 else (known - outage) / known
