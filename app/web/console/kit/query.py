"""What the address of a page asks for: filters, read as forgivingly as people type them."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.validation import check_time
from app.web.console.kit.forms import Form

__all__ = ["QueryFilters"]

_LONGEST = 200


class QueryFilters:
    """The query of an address. What cannot be read is noted beside its field, and not asked for."""

    def __init__(self, request: Request, *names: str) -> None:
        given = request.query_params
        self.form = Form(tuple((name, given.get(name, "")) for name in names))
        self.cursor = given.get("cursor") or None
        self._kept = [(name, self.text(name)) for name in names]

    def text(self, name: str) -> str | None:
        """What was asked for, None when that is nothing."""
        return replace_unstorable(self.form.text(name)).strip()[:_LONGEST] or None

    def day(self, name: str, zone: str, problem: str, *, after: int = 0) -> datetime | None:
        """The beginning of the day in the zone, or of the one so many days `after` it."""
        text = self.text(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) + timedelta(days=after)
            return check_time(datetime.combine(day, time(), ZoneInfo(zone)), field=name)
        except (ValueError, OverflowError, InvalidError):
            self.form.refuse(problem, at=name)
            return None

    def again(self, cursor: str | None = None) -> str:
        """The same query, for the page that `cursor` leads to."""
        kept = [(name, value) for name, value in self._kept if value]
        return urlencode([*kept, *([("cursor", cursor)] if cursor else [])])
