"""Jinja filters of a service's year: ranges of days with their uptime, and months of a calendar."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.page.pages import ServicePage
from app.domain.uptime import Day, uptime_over
from app.i18n.languages import first_weekday
from app.rendering.filters.uptime_bars import uptime_text

__all__ = ["FILTERS", "CalendarMonth", "UptimeRange", "months_of"]

_RANGES = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class UptimeRange:
    """Uptime of the last days: the number asked for, the sentence, the time in an outage."""

    days: int
    text: str
    outage_seconds: int


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Days of one month, oldest first; `offset` is the number of cells before the first one."""

    first: date
    offset: int
    days: tuple[Day, ...]


@pass_context
def _ranges(context: Context, record: ServicePage) -> list[UptimeRange]:
    """The ranges of 30, 90 and 365 days; each sentence names the days that are known."""
    ranges = []
    for count in _RANGES:
        days = record.year[-count:]
        text = uptime_text(days, uptime_over(days), context["locale"])
        ranges.append(UptimeRange(count, text, sum(day.outage_seconds for day in days)))
    return ranges


def months_of(days: Sequence[Day], week_start: int) -> list[CalendarMonth]:
    """The days by month, newest month first; weeks start on `week_start`, 0 is Monday."""
    months = []
    for first, group in groupby(days, key=lambda day: day.on.replace(day=1)):
        in_month = tuple(group)
        offset = (in_month[0].on.weekday() - week_start) % 7
        months.append(CalendarMonth(first, offset, in_month))
    return months[::-1]


@pass_context
def _months(context: Context, days: Sequence[Day]) -> list[CalendarMonth]:
    known = [index for index, day in enumerate(days) if day.status is not None]
    return months_of(days[known[0] :] if known else (), first_weekday(context["locale"].formats))


FILTERS: Mapping[str, Callable[..., Any]] = {"uptime_ranges": _ranges, "calendar_months": _months}
