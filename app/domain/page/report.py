"""Report of the page: months by availability, downtime and incidents, per service and in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.domain.page.pages import PageFacts
from app.domain.phrases import Text
from app.domain.uptime import MIN_KNOWN_DAYS, Day, known_days

__all__ = ["ReportMonth", "ReportPage", "ServiceReport", "months_of", "total_of"]


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """One month of a service, given by its first day.

    `known_from` is the first day about which something is known. `known_seconds` and
    `downtime_seconds` are parts of the month. `incidents` is the number of incidents that started
    in it. `is_long_enough` is False while less than 30 days of the service are known in all.
    """

    first: date
    known_from: date
    known_seconds: int
    downtime_seconds: int
    incidents: int
    is_long_enough: bool = True

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
    """The report of all services, or of the only one; `total` is None for one service."""

    page: PageFacts
    services: tuple[ServiceReport, ...]
    total: ServiceReport | None
    service: str | None = None


def months_of(days: Sequence[Day], started: Iterable[date]) -> tuple[ReportMonth, ...]:
    """The months of a service, newest first, from its days and the days its incidents started on.

    Months about which nothing is known are left out.
    """
    known = [day for day in days if day.known_seconds]
    starts = [day.replace(day=1) for day in started]
    months = []
    for first, group in groupby(known, key=lambda day: day.on.replace(day=1)):
        of_month = list(group)
        months.append(
            ReportMonth(
                first,
                of_month[0].on,
                sum(day.known_seconds for day in of_month),
                sum(day.outage_seconds for day in of_month),
                starts.count(first),
                known_days(days) >= MIN_KNOWN_DAYS,
            )
        )
    return tuple(reversed(months))


def total_of(reports: Sequence[ServiceReport], started: Sequence[date]) -> ServiceReport:
    """All services together: their time is summed, each incident is counted once."""
    starts = [each.replace(day=1) for each in started]
    by_month: dict[date, list[ReportMonth]] = {}
    for report in reports:
        for month in report.months:
            by_month.setdefault(month.first, []).append(month)
    months = [
        ReportMonth(
            first,
            min(each.known_from for each in found),
            sum(each.known_seconds for each in found),
            sum(each.downtime_seconds for each in found),
            starts.count(first),
            any(each.is_long_enough for each in found),
        )
        for first, found in sorted(by_month.items(), reverse=True)
    ]
    return ServiceReport(None, None, tuple(months))
