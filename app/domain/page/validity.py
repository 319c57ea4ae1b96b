"""For how long a page stays true when nothing but time passes."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.page.pages import PageFacts

__all__ = ["valid_until"]

# What tells how long ago something was is counted in minutes for an hour, then in hours.
_MOVING = timedelta(minutes=1)
_STILL = timedelta(minutes=5)
_LIVELY = timedelta(hours=1)


def valid_until(
    page: PageFacts, *, edges: Iterable[datetime] = (), lasting: bool = False
) -> datetime:
    """When the clock alone changes a page.

    That is at midnight in its zone, when a window begins or ends (`edges`), each minute while
    something goes on (`lasting`) or has just happened, and every few minutes otherwise.
    """
    tomorrow = page.now.astimezone(ZoneInfo(page.time_zone)).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), ZoneInfo(page.time_zone)).astimezone(UTC)
    lively = lasting or page.now - page.updated_at < _LIVELY
    soon = page.now + (_MOVING if lively else _STILL)
    return min([midnight, soon, *(edge for edge in edges if edge > page.now)])
