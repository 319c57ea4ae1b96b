"""Language demand: how many page views asked for a language, and which one they were given.

The language asked for is the first in Accept-Language. Nothing about a reader is stored: views are
sums of a month, in UTC.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.page import language_demand as queries
from app.db.queries.subscribers import subscribers
from app.domain.errors import InvalidError
from app.domain.permissions import Action
from app.usecases.context import Ctx

__all__ = [
    "LanguageViews",
    "add_views",
    "asked_recently",
    "delete_expired",
    "subscribers_by_language",
    "views_of_month",
]

# Months that are stored besides the current one: a year to compare with.
_STORED_MONTHS = 13
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class LanguageViews:
    """The views of a month that asked for the language `asked` and were given `given`."""

    month: str
    asked: str
    given: str
    views: int


def add_views(ctx: Ctx, views: Mapping[tuple[str, str], int]) -> None:
    """Add views to the current month, by the language asked for and the language given."""
    if views:
        queries.add_views(ctx.session, _month(ctx.now), views)


def views_of_month(ctx: Ctx, month: str | None = None) -> list[LanguageViews]:
    """The views of a month such as `2026-11`, by default the current one, most views first.

    Raises InvalidError for what is no month.
    """
    ctx.require(Action.READ)
    month = month or _month(ctx.now)
    if not _MONTH.fullmatch(month):
        raise InvalidError("Give a month such as 2026-11.", code="invalid_month", field="month")
    found = queries.views_of(ctx.session, month)
    return [LanguageViews(month, asked, given, views) for asked, given, views in found]


def asked_recently(ctx: Ctx) -> Mapping[str, int]:
    """The views of the current and the last month by the language that they asked for."""
    return queries.views_since(ctx.session, _month(ctx.now, back=1))


def subscribers_by_language(ctx: Ctx) -> Mapping[str, int]:
    """The number of active subscribers by language, rooms included."""
    ctx.require(Action.READ)
    return subscribers.count_by_language(ctx.session)


def delete_expired(ctx: Ctx) -> None:
    """Delete the views of months whose retention has ended."""
    queries.delete_before(ctx.session, _month(ctx.now, back=_STORED_MONTHS))


def _month(now: datetime, *, back: int = 0) -> str:
    months = now.year * 12 + now.month - 1 - back
    return f"{months // 12:04}-{months % 12 + 1:02}"
