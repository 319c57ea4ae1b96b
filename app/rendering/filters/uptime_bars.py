"""Uptime bars of a service: an SVG of its days, and the days grouped for a text list.

All bars have one height. A bar is filled from the bottom by the share of the day in each status,
the worst status lowest; a worse status is wider, so that colour is not the only sign. The SVG has
few paths: a sequence of days without trouble is one dashed line. Colours come from CSS classes,
because the page's policy forbids style attributes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.records import ServiceRecord
from app.domain.statuses import ServiceStatus
from app.domain.texts.phrases import N_
from app.domain.uptime import Day, IncidentLink, known_days
from app.i18n import formats
from app.i18n.catalogues import terms
from app.i18n.localization import Locale

__all__ = [
    "BAR",
    "FILLED",
    "FILTERS",
    "HEIGHT",
    "LEAST",
    "PITCH",
    "DayRange",
    "draw_bars",
    "draw_line",
    "fill_heights",
    "group_days",
    "legend",
    "uptime_text",
]

# The distance between two bars, the width of one, and its height.
PITCH, BAR, HEIGHT = 8, 5, 34
# Five minutes stay visible.
LEAST = 4
_DAY_SECONDS = 86400

# Statuses with a fill of their own, worst first: the legend lists them in this order.
FILLED = (
    ServiceStatus.MAJOR_OUTAGE,
    ServiceStatus.PARTIAL_OUTAGE,
    ServiceStatus.DEGRADED_PERFORMANCE,
    ServiceStatus.UNDER_MAINTENANCE,
)

_DAY = N_("%(day)s: %(status)s")
_OUTAGE_DAY = N_("%(day)s: %(status)s, down for %(duration)s in total")


@dataclass(frozen=True, slots=True)
class DayRange:
    """Consecutive days with one status, which is None when nothing is known."""

    first: date
    last: date
    status: ServiceStatus | None
    outage_seconds: int
    incidents: tuple[IncidentLink, ...] = ()

    @property
    def length(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1


def group_days(days: Sequence[Day]) -> list[DayRange]:
    """The days in ranges of one status, newest first; a day with trouble is never merged."""
    ranges: list[DayRange] = []
    for _, group in groupby(reversed(days), key=_range_key):
        merged = list(group)
        newest, oldest = merged[0], merged[-1]
        ranges.append(
            DayRange(oldest.on, newest.on, newest.status, newest.outage_seconds, newest.incidents)
        )
    return ranges


def _range_key(day: Day) -> tuple[ServiceStatus | None, date | None]:
    return day.status, (day.on if day.status and day.status.severity else None)


def draw_bars(days: Sequence[Day]) -> Markup:
    """The days as an SVG, oldest first, without words: a list beside it has them."""
    fills = [_fills(index, day) for index, day in enumerate(days)]
    return _svg(len(days), [draw_line(days), *fills])


def draw_line(days: Sequence[Day]) -> str:
    """The paths of the known days and of the unknown ones, as if there were no trouble."""
    return "".join(
        f'<path class="{kind}" d="{line}"/>'
        for kind, known in (("calm", True), ("unknown", False))
        if (line := _line(days, known=known))
    )


def fill_heights(day: Day) -> Iterator[tuple[ServiceStatus, int]]:
    """The statuses of a day with trouble, the worst first, and the heights of their parts."""
    if day.status is None or not day.status.severity:
        return
    left = HEIGHT
    for status, seconds in day.spans:
        height = min(left, max(LEAST, round(HEIGHT * seconds / _DAY_SECONDS)))
        if height:
            yield status, height
        left -= height


def _svg(days: int, paths: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704  # numbers and constants
        f'<svg class="bars" viewBox="0 0 {days * PITCH} {HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{"".join(paths)}</svg>'
    )


def _line(days: Sequence[Day], *, known: bool) -> str:
    line, index = "", 0
    for drawn, group in groupby(days, key=lambda day: (day.status is not None) is known):
        length = len(list(group))
        if drawn:
            line += f"M{index * PITCH} {HEIGHT // 2}h{length * PITCH - (PITCH - BAR)}"
        index += length
    return line


def _fills(index: int, day: Day) -> str:
    middle, bottom, fills = index * PITCH + BAR / 2, HEIGHT, ""
    for status, height in fill_heights(day):
        fills += f'<path class="{status}" d="M{middle} {bottom}v-{height}"/>'
        bottom -= height
    return fills


def _key(status: ServiceStatus | None) -> Markup:
    """One bar with this status, for the legend; None stands for a day without data."""
    line = f'<path class="{"unknown" if status is None else "calm"}" d="M1 17h5"/>'
    if status in FILLED:
        line += f'<path class="{status}" d="M3.5 34v-20"/>'
    return _svg(1, [line])


@pass_context
def legend(context: Context) -> list[tuple[Markup, str]]:
    """The bars of the legend with their labels."""
    catalogue = context["locale"].catalogue
    statuses = (ServiceStatus.OPERATIONAL, *reversed(FILLED))
    keys = [
        (_key(status), terms.SERVICE_STATUS[status].translate(catalogue)) for status in statuses
    ]
    return [*keys, (_key(None), catalogue.gettext("No data"))]


@pass_context
def _in_words(context: Context, day: Day) -> str:
    return _describe(day, context["locale"])


def _describe(day: Day, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    on = formats.short_day(day.on, locale.formats)
    if day.status is None:
        return gettext(_DAY) % {"day": on, "status": gettext("No data")}
    status = terms.SERVICE_STATUS[day.status].translate(locale.catalogue)
    if not day.outage_seconds:
        return gettext(_DAY) % {"day": on, "status": status}
    lasted = formats.duration(day.outage_seconds, locale.formats)
    return gettext(_OUTAGE_DAY) % {"day": on, "status": status, "duration": lasted}


@pass_context
def _uptime_text(context: Context, service: ServiceRecord) -> str:
    return uptime_text(service.days, service.uptime, context["locale"])


def uptime_text(days: Sequence[Day], uptime: float | None, locale: Locale) -> str:
    """The uptime with its range, or since when data is collected while it is too little."""
    catalogue = locale.catalogue
    known = known_days(days)
    if uptime is not None:
        sentence = catalogue.ngettext(
            "%(percent)s uptime in the last %(count)s day",
            "%(percent)s uptime in the last %(count)s days",
            known,
        )
        percent = formats.percent(uptime, locale.formats)
        return sentence % {"percent": percent, "count": formats.number(known, locale.formats)}
    first = next((day.on for day in days if day.status is not None), None)
    if first is None:
        return catalogue.gettext("No data yet")
    since = formats.day(first, locale.formats)
    return catalogue.gettext("Collecting data since %(day)s") % {"day": since}


FILTERS: Mapping[str, Callable[..., Any]] = {
    "uptime_bars": draw_bars,
    "uptime_text": _uptime_text,
    "day_ranges": group_days,
    "day_in_words": _in_words,
}
