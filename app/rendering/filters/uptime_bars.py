"""The bars of a service: one drawing of 90 days and the same days in words.

The drawing is a handful of paths: a run of like days is one dashed line, each day with trouble a
stroke of its own that rises above the others, the higher the worse, and reaches down as far as the
outage lasted. CSS colours them; nothing needs a style attribute.
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
_TOP_OF_CALM = 16
_BASELINE = 32

# Class in the stylesheet and upper end of the stroke.
_STROKES: Mapping[ServiceStatus, tuple[str, int]] = {
    ServiceStatus.UNDER_MAINTENANCE: ("under_maintenance", 12),
    ServiceStatus.DEGRADED_PERFORMANCE: ("degraded_performance", 8),
    ServiceStatus.PARTIAL_OUTAGE: ("partial_outage", 4),
    ServiceStatus.MAJOR_OUTAGE: ("major_outage", 0),
}
_SHORTEST = 0.4

_DAY = N_("%(day)s: %(status)s")
_OUTAGE_DAY = N_("%(day)s: %(status)s, in all %(duration)s")


@dataclass(frozen=True, slots=True)
class DayRange:
    """Neighbouring days that can be told in one line, `status` None when nothing is known."""

    first: date
    last: date
    status: ServiceStatus | None
    outage_seconds: int


def group_days(days: Sequence[Day]) -> list[DayRange]:
    """The days in words, newest first; those with an outage stand alone."""
    told: list[DayRange] = []
    for _, group in groupby(reversed(days), key=_sameness):
        run = list(group)
        told.append(DayRange(run[-1].on, run[0].on, run[0].status, run[0].outage_seconds))
    return told


def _sameness(day: Day) -> tuple[ServiceStatus | None, date | None]:
    return day.status, (day.on if day.status in OUTAGES else None)


def draw_bars(days: Sequence[Day], say: Callable[[Day], str]) -> Markup:
    """The days as paths of an SVG, oldest first; `say` words the days with trouble."""
    paths = [
        f'<path class="{kind}" d="{line}"/>'
        for kind, known in (("calm", True), ("unknown", False))
        if (line := _line(days, known=known))
    ]
    strokes = [
        _stroke(place, day, *_STROKES[day.status], say(day))
        for place, day in enumerate(days)
        if day.status is not None and day.status in _STROKES
    ]
    return Markup(  # noqa: S704  # numbers and names of ours, and what `_stroke` escaped
        f'<svg class="bars" viewBox="0 0 {len(days) * _PITCH} {_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{"".join([*paths, *strokes])}</svg>'
    )


def _line(days: Sequence[Day], *, known: bool) -> str:
    middle = (_TOP_OF_CALM + _HEIGHT) // 2 if known else _BASELINE
    line, place = "", 0
    for drawn, group in groupby(days, key=lambda day: (day.status is not None) is known):
        length = len(list(group))
        if drawn:
            line += f"M{place * _PITCH} {middle}h{length * _PITCH - (_PITCH - _BAR)}"
        place += length
    return line


def _stroke(place: int, day: Day, kind: str, top: int, said: str) -> str:
    # The root of the share: ten minutes must be seen, and a whole day must look worse.
    share = 1.0
    if day.status in OUTAGES and day.known_seconds:
        share = max(_SHORTEST, min(1.0, sqrt(day.outage_seconds / day.known_seconds)))
    middle, length = place * _PITCH + _BAR / 2, round((_HEIGHT - top) * share)
    title = f"<title>{escape(said)}</title>"
    return f'<path class="{kind}" d="M{middle} {top}v{length}">{title}</path>'


@pass_context
def _drawn(context: Context, days: Sequence[Day]) -> Markup:
    locale: Locale = context["locale"]
    return draw_bars(days, lambda day: _say(day, locale))


def _say(day: Day, locale: Locale) -> str:
    say = locale.catalogue.gettext
    status = say(terms.SERVICE_STATUS[day.status or ServiceStatus.OPERATIONAL])
    on = formats.short_day(day.on, locale.language)
    if not day.outage_seconds:
        return say(_DAY) % {"day": on, "status": status}
    lasted = formats.duration(day.outage_seconds, locale.language)
    return say(_OUTAGE_DAY) % {"day": on, "status": status, "duration": lasted}


FILTERS: Mapping[str, Callable[..., Any]] = {"drawn": _drawn, "runs": group_days}
