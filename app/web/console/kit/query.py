"""Filters in the query string of a console page."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from app.domain.alerts.sources import replace_unstorable
from app.domain.errors import InvalidError
from app.domain.validation import check_time
from app.web.console.kit.forms.forms import Form

__all__ = ["QueryFilters"]

_MAX_LENGTH = 200


class QueryFilters:
    """The filters of a query string. An invalid value gets an error message and is ignored."""

    def __init__(self, request: Request, *names: str) -> None:
        parameters = request.query_params
        self.form = Form(tuple((name, parameters.get(name, "")) for name in names))
        self.cursor = parameters.get("cursor") or None
        self._values = [(name, self.text(name)) for name in names]

    def text(self, name: str) -> str | None:
        """The value of a filter, cut to 200 characters; None when it is empty."""
        return replace_unstorable(self.form.text(name)).strip()[:_MAX_LENGTH] or None

    def choice(self, name: str, known: Collection[str]) -> str | None:
        """The value of a filter that is one of `known`; None for any other."""
        value = self.text(name)
        return value if value in known else None

    def span(self, zone: str, problem: str) -> tuple[datetime | None, datetime | None]:
        """The start of the day `since`, and the end of the day `until`, in a time zone."""
        return self.day("since", zone, problem), self.day("until", zone, problem, after=1)

    @property
    def is_empty(self) -> bool:
        """Whether no filter is set."""
        return not any(value for _, value in self._values)

    def day(self, name: str, zone: str, problem: str, *, after: int = 0) -> datetime | None:
        """The start of the day of a filter, plus `after` days, in a time zone; None when empty.

        Also None when it is no day: then `problem` becomes its error message.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) + timedelta(days=after)
            return check_time(datetime.combine(day, time(), ZoneInfo(zone)), field=name)
        except (ValueError, OverflowError, InvalidError):
            self.form.refuse(problem, at=name)
            return None

    def query_string(self, cursor: str | None = None) -> str:
        """The query string with these filters, for the page at `cursor`."""
        values = [(name, value) for name, value in self._values if value]
        return urlencode([*values, *([("cursor", cursor)] if cursor else [])])
