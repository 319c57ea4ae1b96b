"""Rows of services as they were rendered before: most say after a change what they said before it.

A first page of thirty services spends four fifths of its time on them.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.domain.page.records import ServiceRecord
from app.domain.phrases import Phrased, Text
from app.domain.statuses import ServiceStatus
from app.domain.uptime import Day

__all__ = ["cached_row"]

_KEPT = 1000


class _Row:
    """A row that is to be made; two are equal that look the same."""

    __slots__ = ("_look", "_make")

    def __init__(self, look: Hashable, make: Callable[[], Markup]) -> None:
        self._look = look
        self._make: Callable[[], Markup] | None = make

    def __hash__(self) -> int:
        return hash(self._look)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Row) and self._look == other._look

    def made(self) -> Markup:
        """The row. What it is made from is let go, for the memory holds on to the look."""
        make, self._make = self._make, None
        return make() if make is not None else Markup("")


@lru_cache(maxsize=_KEPT)
def _made(row: _Row) -> Markup:
    return row.made()


@pass_context
def cached_row(
    context: Context, macro: Callable[[ServiceRecord], Markup], service: ServiceRecord
) -> Markup:
    """The row that `macro` makes of a service, from memory where it would be the same.

    `macro` may use the voice and home of the page beside the service's slug, name, status, uptime
    and days, and nothing else.
    """
    name = _words(service.name)
    if name is None:
        return macro(service)
    days = tuple(map(_day, service.days))
    begun = service.days[0].on if service.days else None
    said = (service.slug, name, service.status, service.uptime, begun, days)
    look = (context["locale"], context["home"], said)
    return _made(_Row(look, lambda: macro(service)))


def _words(text: Text) -> Hashable | None:
    if isinstance(text, Phrased):
        return None
    said = ((tag, each.text, each.of_version) for tag, each in text.translations.items())
    return text.source, text.version, tuple(said)


def _day(day: Day) -> Hashable:
    """All of a day that shows: of most days nothing but whether anything is known of them."""
    if day.status is None:
        return None
    if day.status is ServiceStatus.OPERATIONAL and not day.outage_seconds:
        return 0
    return day.status, day.outage_seconds, day.known_seconds
