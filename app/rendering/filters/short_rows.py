"""Short rows: icon and uptime bars of a service in a long list, made of symbols of the page.

A page of hundreds of services would be heavy with a drawing of each. Here a row refers to the icon
of its status, to the line of its days and, for each day with trouble, to the bar of the status,
which it moves to its place. Attributes are without quotes, as their values are numbers and names
that Fyr chose; `role=none` hides a picture from assistive technology and is the shortest way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.domain.records import GroupRecord, ServiceRecord
from app.domain.statuses import ServiceStatus
from app.domain.uptime import Day
from app.i18n import formats
from app.i18n.languages import direction
from app.i18n.localization import Locale, localize
from app.rendering.filters.common import inline
from app.rendering.filters.uptime_bars import (
    BAR,
    FILLED,
    HEIGHT,
    LEAST,
    PITCH,
    draw_bars,
    draw_line,
    fill_heights,
)

__all__ = ["FILTERS"]

# As many days as the first page shows.
_DAYS = 90
_BOX = f'viewBox="0 0 {_DAYS * PITCH} {HEIGHT}" preserveAspectRatio="none"'


def _short_bars(days: Sequence[Day]) -> Markup:
    """The bars as references; the page has to contain `row_symbols` of all its groups.

    Days of another number, or with a gap between known days, are drawn whole.
    """
    unknown = _unknown_days(days)
    if unknown is None:
        return draw_bars(days)
    fills = "".join(_fills(index, day) for index, day in enumerate(days))
    return Markup(  # noqa: S704  # numbers and constants
        f"<svg role=none><use href=#{_line_id(unknown)} />{fills}</svg>"
    )


def _short_icon(status: ServiceStatus) -> Markup:
    """The symbol of a status in its colour; the page has to contain `row_symbols`."""
    return Markup("<svg role=none><use href=#{} /></svg>").format(_icon_id(status))


@pass_context
def _link_name(context: Context, service: ServiceRecord) -> Markup:
    """The name of a service, linked to its page.

    The link has the language and the direction of the name, each where the page has another.
    """
    locale: Locale = context["locale"]
    shown = localize(service.name, locale)
    name, differs = inline(shown, locale), Markup("")
    if shown.foreign:
        name = escape(formats.unbreakable(shown.text))
        differs = Markup(" lang={}").format(shown.language)
        if shown.direction != direction(locale.language):
            differs += Markup(" dir={}").format(shown.direction)
    link = Markup("<a href={}/services/{}{}>{}</a>")
    return link.format(context["home"], service.slug, differs, name)


def _row_symbols(groups: Iterable[GroupRecord]) -> Markup:
    """The symbols to which rows refer: icons, bars, and the lines that services of the groups have.

    A line has a number of days before the first known one.
    """
    days = [service.days for group in groups for service in group.services]
    by_unknown = {_unknown_days(each): each for each in days}
    lines = [
        f'<symbol id="{_line_id(unknown)}" {_BOX}>{draw_line(each)}</symbol>'
        for unknown, each in by_unknown.items()
        if unknown is not None
    ]
    # Moved down by a part of its height, a bar is cut off at the lower edge of the row's picture.
    # Most failures are short: the lowest bar is a symbol of its own, which is where it belongs.
    bars = [
        f'<symbol id="{name}" {_BOX} overflow="visible">'
        f'<path class="bar {status}" d="M{BAR / 2} {top}V{HEIGHT}"/></symbol>'
        for status in FILLED
        for name, top in ((_bar_id(status), 0), (_low_bar_id(status), HEIGHT - LEAST))
    ]
    icons = [
        f'<g id="{_icon_id(status)}" class="i {status}"><use href="#{status}"/></g>'
        for status in ServiceStatus
    ]
    return Markup(  # noqa: S704  # numbers and constants
        f'<svg class="away" aria-hidden="true">{"".join([*lines, *bars, *icons])}</svg>'
    )


def _unknown_days(days: Sequence[Day]) -> int | None:
    """How many days there are before the first known one; None if the line has another form."""
    unknown = sum(1 for _ in takewhile(lambda day: day.status is None, days))
    is_whole = len(days) == _DAYS and all(day.status is not None for day in days[unknown:])
    return unknown if is_whole else None


def _fills(index: int, day: Day) -> str:
    # The lowest is the worst and the widest: it comes last, over the others.
    above, fills = 0, []
    for status, height in fill_heights(day):
        above += height
        top = 100 - round(100 * above / HEIGHT)
        name, down = _bar_id(status), f" y={top}%" if top else ""
        if above == LEAST:
            name, down = _low_bar_id(status), ""
        fills.append(f"<use href=#{name} x={100 * index / _DAYS:.3g}%{down} />")
    return "".join(reversed(fills))


def _line_id(unknown: int) -> str:
    return f"d{unknown}"


def _icon_id(status: ServiceStatus) -> str:
    return f"i{list(ServiceStatus).index(status)}"


def _bar_id(status: ServiceStatus) -> str:
    return f"b{FILLED.index(status)}"


def _low_bar_id(status: ServiceStatus) -> str:
    return f"l{FILLED.index(status)}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "link_name": _link_name,
    "short_bars": _short_bars,
    "short_icon": _short_icon,
    "row_symbols": _row_symbols,
}
