"""Cache of rendered service rows: a change of the page leaves most of its rows unchanged.

Without it, a first page of thirty services spends four fifths of its rendering time on the rows.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.records import ServiceRecord
from app.domain.statuses import ServiceStatus
from app.domain.texts.phrases import Phrased, Text
from app.domain.uptime import Day

__all__ = ["cached_row"]

_MOST_ROWS = 1000


class _Row:
    """Cache key of a row, with the function that renders it; equality ignores the function."""

    __slots__ = ("_key", "_render")

    def __init__(self, key: Hashable, render: Callable[[], Markup]) -> None:
        self._key = key
        self._render: Callable[[], Markup] | None = render

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Row) and self._key == other._key

    def rendered(self) -> Markup:
        """The row; the function is dropped, since the cache keeps this object as its key."""
        render, self._render = self._render, None
        return render() if render is not None else Markup("")


@lru_cache(maxsize=_MOST_ROWS)
def _rendered(row: _Row) -> Markup:
    return row.rendered()


@pass_context
def cached_row(
    context: Context, macro: Callable[[ServiceRecord], Markup], service: ServiceRecord
) -> Markup:
    """The row that `macro` renders for a service, from the cache if nothing it uses has changed.

    `macro` may use the page's locale and home, and the service's slug, name, status, uptime and
    days, and nothing else. Macros with different names have rows of their own.
    """
    name = _text_key(service.name)
    if name is None:
        return macro(service)
    days = tuple(map(_day_key, service.days))
    first_day = service.days[0].on if service.days else None
    shown = (service.slug, name, service.status, service.uptime, first_day, days)
    key = (getattr(macro, "name", ""), context["locale"], context["home"], shown)
    return _rendered(_Row(key, lambda: macro(service)))


def _text_key(text: Text) -> Hashable | None:
    if isinstance(text, Phrased):
        return None
    translations = ((tag, each.text, each.of_version) for tag, each in text.translations.items())
    return text.source, text.version, tuple(translations)


def _day_key(day: Day) -> Hashable:
    """Everything shown of a day: for a day without trouble, only whether it is known."""
    if day.status is None:
        return None
    if day.status is ServiceStatus.OPERATIONAL and not day.outage_seconds:
        return 0
    incidents = tuple((each.id, repr(each.title)) for each in day.incidents)
    return day.status, day.outage_seconds, day.known_seconds, day.spans, incidents
