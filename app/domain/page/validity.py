"""Validity of a rendered page: until when it stays correct while no data changes."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts

__all__ = ["valid_until"]

# Relative times ("3 minutes ago") change each minute in the first hour, then each hour.
_WHILE_CHANGING = timedelta(minutes=1)
_OTHERWISE = timedelta(minutes=5)
_RECENT = timedelta(hours=1)


def valid_until(
    page: PageFacts, *, edges: Iterable[datetime] = (), lasting: bool = False
) -> datetime:
    """The time at which the clock alone changes a page.

    That is the earliest of: midnight in the page's time zone; the start or end of a window or the
    promised time of an update (`edges`); one minute from now while an incident is open (`lasting`)
    or the page changed within the last hour, else five minutes from now.
    """
    tomorrow = page.now.astimezone(ZoneInfo(page.time_zone)).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), ZoneInfo(page.time_zone)).astimezone(UTC)
    is_changing = lasting or page.now - page.updated_at < _RECENT
    refresh = page.now + (_WHILE_CHANGING if is_changing else _OTHERWISE)
    return min([midnight, refresh, *(edge for edge in edges if edge > page.now)])
