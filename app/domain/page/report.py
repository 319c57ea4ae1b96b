"""Report of the page: months by availability, downtime and incidents, per service and in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts
from app.domain.texts.phrases import Text
from app.domain.uptime import MIN_KNOWN_DAYS, Day, known_days

__all__ = [
    "IncidentStart",
    "ReportMonth",
    "ReportPage",
    "ServiceReport",
    "counted_until",
    "months_of",
    "total_of",
]


@dataclass(frozen=True, slots=True)
class IncidentStart:
    """The day on which an incident started, in the time zone of the page.

    `delay_seconds` is the time from the first sign that automation saw to the publication; None
    for an incident that was published before automation saw anything.
    """

    on: date
    delay_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """One month of a service, given by its first day.

    `known_from` is the first day about which something is known. `known_seconds` and
    `downtime_seconds` are parts of the month. `incidents` is the number of incidents that started
    in it. `delays` are the seconds from the first sign to the publication of those incidents that
    automation saw before, in ascending order. `is_long_enough` is False while less than 30 days of
    the service are known in all.
    """

    first: date
    known_from: date
    known_seconds: int
    downtime_seconds: int
    incidents: int
    is_long_enough: bool = True
    delays: tuple[int, ...] = ()

    @property
    def median_delay(self) -> int | None:
        """The median of the seconds from first sign to publication; None without a first sign."""
        return round(median(self.delays)) if self.delays else None

    @property
    def longest_delay(self) -> int | None:
        """The most seconds from first sign to publication; None without a first sign."""
        return max(self.delays, default=None)

    @property
    def availability(self) -> float | None:
        """The share of known time without an outage; None while too little is known."""
        if not self.is_long_enough or not self.known_seconds:
            return None
        return (self.known_seconds - self.downtime_seconds) / self.known_seconds

    @property
    def is_partial(self) -> bool:
        """Whether the month began before something was known."""
        return self.known_from != self.first


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """The months of one service, newest first; `slug` and `name` are None for all services."""

    slug: str | None
    name: Text | None
    months: tuple[ReportMonth, ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The report of all services, or of the only one; `total` is None for one service.

    Time is counted up to `counted_until`. `has_first_signs` is whether automation saw any of the
    incidents before it was published.
    """

    page: PageFacts
    services: tuple[ServiceReport, ...]
    total: ServiceReport | None
    counted_until: datetime
    service: str | None = None
    has_first_signs: bool = field(init=False)

    def __post_init__(self) -> None:
        # Once: the page asks for it in each row, and there can be thousands.
        reports = (*self.services, *([self.total] if self.total else []))
        found = any(month.delays for report in reports for month in report.months)
        object.__setattr__(self, "has_first_signs", found)


def counted_until(page: PageFacts, changed_at: datetime, *, is_down: bool) -> datetime:
    """The time up to which a report counts, which changes at most hourly without other changes.

    That is the start of the day or `changed_at`, the last change of the status of a service,
    whichever is later; and while a service has an outage (`is_down`), the start of the hour if that
    is later still.
    """
    # Not the current second: each export would otherwise write every report again.
    local = page.now.astimezone(ZoneInfo(page.time_zone))
    times = [local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0), changed_at]
    if is_down:
        times.append(page.now.replace(minute=0, second=0, microsecond=0))
    return min(max(each.astimezone(UTC) for each in times), page.now)


def months_of(days: Sequence[Day], started: Iterable[IncidentStart]) -> tuple[ReportMonth, ...]:
    """The months of a service, newest first, from its days and the starts of its incidents.

    Months about which nothing is known are left out.
    """
    known = [day for day in days if day.known_seconds]
    starts, is_long_enough = _by_month(started), known_days(days) >= MIN_KNOWN_DAYS
    months = []
    for first, group in groupby(known, key=lambda day: day.on.replace(day=1)):
        of_month = list(group)
        months.append(
            ReportMonth(
                first,
                of_month[0].on,
                sum(day.known_seconds for day in of_month),
                sum(day.outage_seconds for day in of_month),
                len(starts.get(first, ())),
                is_long_enough,
                _delays(starts.get(first, ())),
            )
        )
    return tuple(reversed(months))


def total_of(reports: Sequence[ServiceReport], started: Sequence[IncidentStart]) -> ServiceReport:
    """All services together: their time is summed, each incident is counted once."""
    by_month: dict[date, list[ReportMonth]] = {}
    for report in reports:
        for month in report.months:
            by_month.setdefault(month.first, []).append(month)
    starts = _by_month(started)
    months = [
        ReportMonth(
            first,
            min(each.known_from for each in found),
            sum(each.known_seconds for each in found),
            sum(each.downtime_seconds for each in found),
            len(starts.get(first, ())),
            any(each.is_long_enough for each in found),
            _delays(starts.get(first, ())),
        )
        for first, found in sorted(by_month.items(), reverse=True)
    ]
    return ServiceReport(None, None, tuple(months))


def _by_month(started: Iterable[IncidentStart]) -> dict[date, list[IncidentStart]]:
    """The starts by the first day of their month."""
    found: dict[date, list[IncidentStart]] = {}
    for each in started:
        found.setdefault(each.on.replace(day=1), []).append(each)
    return found


def _delays(started: Iterable[IncidentStart]) -> tuple[int, ...]:
    return tuple(sorted(each.delay_seconds for each in started if each.delay_seconds is not None))
