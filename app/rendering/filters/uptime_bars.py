"""Uptime bars of a service: an SVG of its days, and the days grouped for a text list.

The SVG has few paths: a sequence of days without trouble is one dashed line. A day with trouble is
a stroke of its own; it starts higher the worse the status is, and is longer the longer the outage
lasted. Colours come from CSS classes, because the page's policy forbids style attributes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import sqrt
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.phrases import N_
from app.domain.statuses import ServiceStatus
from app.domain.uptime import OUTAGES, Day
from app.i18n import formats, terms
from app.i18n.localization import Locale

__all__ = ["FILTERS", "DayRange", "draw_bars", "group_days"]

_PITCH, _BAR, _HEIGHT = 8, 5, 34
_TOP_OF_LINE = 16
_BASELINE = 32

# CSS class and upper end of the stroke.
_STROKES: Mapping[ServiceStatus, tuple[str, int]] = {
    ServiceStatus.UNDER_MAINTENANCE: ("under_maintenance", 12),
    ServiceStatus.DEGRADED_PERFORMANCE: ("degraded_performance", 8),
    ServiceStatus.PARTIAL_OUTAGE: ("partial_outage", 4),
    ServiceStatus.MAJOR_OUTAGE: ("major_outage", 0),
}
_SHORTEST = 0.4

_DAY = N_("%(day)s: %(status)s")
_OUTAGE_DAY = N_("%(day)s: %(status)s, %(duration)s in total")


@dataclass(frozen=True, slots=True)
class DayRange:
    """Consecutive days with one status, which is None when nothing is known."""

    first: date
    last: date
    status: ServiceStatus | None
    outage_seconds: int


def group_days(days: Sequence[Day]) -> list[DayRange]:
    """The days in ranges of one status, newest first; a day with an outage is never merged."""
    ranges: list[DayRange] = []
    for _, group in groupby(reversed(days), key=_range_key):
        merged = list(group)
        newest, oldest = merged[0], merged[-1]
        ranges.append(DayRange(oldest.on, newest.on, newest.status, newest.outage_seconds))
    return ranges


def _range_key(day: Day) -> tuple[ServiceStatus | None, date | None]:
    return day.status, (day.on if day.status in OUTAGES else None)


def draw_bars(days: Sequence[Day], describe: Callable[[Day], str]) -> Markup:
    """The days as an SVG, oldest first; `describe` gives the titles of the days with trouble."""
    paths = [
        f'<path class="{kind}" d="{line}"/>'
        for kind, known in (("calm", True), ("unknown", False))
        if (line := _line(days, known=known))
    ]
    strokes = [
        _stroke(index, day, *_STROKES[day.status], describe(day))
        for index, day in enumerate(days)
        if day.status is not None and day.status in _STROKES
    ]
    return Markup(  # noqa: S704  # numbers and constants; titles are escaped
        f'<svg class="bars" viewBox="0 0 {len(days) * _PITCH} {_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{"".join([*paths, *strokes])}</svg>'
    )


def _line(days: Sequence[Day], *, known: bool) -> str:
    middle = (_TOP_OF_LINE + _HEIGHT) // 2 if known else _BASELINE
    line, index = "", 0
    for drawn, group in groupby(days, key=lambda day: (day.status is not None) is known):
        length = len(list(group))
        if drawn:
            line += f"M{index * _PITCH} {middle}h{length * _PITCH - (_PITCH - _BAR)}"
        index += length
    return line


def _stroke(index: int, day: Day, kind: str, top: int, title: str) -> str:
    # Square root of the share: ten minutes stay visible, and a whole day is clearly longer.
    share = 1.0
    if day.status in OUTAGES and day.known_seconds:
        share = max(_SHORTEST, min(1.0, sqrt(day.outage_seconds / day.known_seconds)))
    middle, length = index * _PITCH + _BAR / 2, round((_HEIGHT - top) * share)
    element = f"<title>{escape(title)}</title>"
    return f'<path class="{kind}" d="M{middle} {top}v{length}">{element}</path>'


@pass_context
def _bars(context: Context, days: Sequence[Day]) -> Markup:
    locale: Locale = context["locale"]
    return draw_bars(days, lambda day: _describe(day, locale))


def _describe(day: Day, locale: Locale) -> str:
    gettext = locale.catalogue.gettext
    status = gettext(terms.SERVICE_STATUS[day.status or ServiceStatus.OPERATIONAL])
    on = formats.short_day(day.on, locale.language)
    if not day.outage_seconds:
        return gettext(_DAY) % {"day": on, "status": status}
    lasted = formats.duration(day.outage_seconds, locale.language)
    return gettext(_OUTAGE_DAY) % {"day": on, "status": status, "duration": lasted}


FILTERS: Mapping[str, Callable[..., Any]] = {"uptime_bars": _bars, "day_ranges": group_days}
