"""Short rows: icon and uptime bars of a service in a long list, made of symbols of the page.

A page of hundreds of services would be heavy with a drawing of each. Here a row refers to the icon
of its status, to the line of its days and, for each day with trouble, to the bar of the status,
which it moves to its place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from markupsafe import Markup

from app.domain.records import GroupRecord
from app.domain.statuses import ServiceStatus
from app.domain.uptime import Day
from app.rendering.filters.uptime_bars import (
    BAR,
    FILLED,
    HEIGHT,
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
        f'<svg aria-hidden="true"><use href="#{_line_id(unknown)}"/>{fills}</svg>'
    )


def _short_icon(status: ServiceStatus) -> Markup:
    """The symbol of a status in its colour; the page has to contain `row_symbols`."""
    return Markup('<svg aria-hidden="true"><use href="#{}"/></svg>').format(_icon_id(status))


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
    bars = [
        f'<symbol id="{_bar_id(status)}" {_BOX} overflow="visible">'
        f'<path class="bar {status}" d="M{BAR / 2} 0v{HEIGHT}"/></symbol>'
        for status in FILLED
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
        down = f' y="{top}%"' if top else ""
        fills.append(f'<use href="#{_bar_id(status)}" x="{100 * index / _DAYS:.4g}%"{down}/>')
    return "".join(reversed(fills))


def _line_id(unknown: int) -> str:
    return f"d{unknown}"


def _icon_id(status: ServiceStatus) -> str:
    return f"i{list(ServiceStatus).index(status)}"


def _bar_id(status: ServiceStatus) -> str:
    return f"b{FILLED.index(status)}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "short_bars": _short_bars,
    "short_icon": _short_icon,
    "row_symbols": _row_symbols,
}
