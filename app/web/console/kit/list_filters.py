"""Filters of the lists of incidents and maintenances: words, state, service and days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.texts.phrases import N_, Text
from app.usecases.services.services import list_archived, list_services
from app.web.console.kit.query import QueryFilters
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["NO_DAY", "ListFilters"]

NO_DAY = N_("Write a day, such as 2026-03-02.")


@dataclass(frozen=True, slots=True)
class ListFilters:
    """The filters of a list as requested. `services` are the choices of the form, by slug."""

    query: QueryFilters
    words: str | None
    state: str | None
    service: str | None
    since: datetime | None
    until: datetime | None
    services: tuple[tuple[str, Text], ...]

    @classmethod
    def of(cls, request: StaffRequest, states: Collection[str]) -> "ListFilters":
        """The filters in the query string; a state or a service that is not known is ignored."""
        query = QueryFilters(request.http, "q", "state", "service", "since", "until")
        shown = (*list_services(request.ctx), *list_archived(request.ctx))
        services = tuple((each.slug, each.name) for each in shown)
        since, until = query.span(request.chrome.page.time_zone, request.translate(NO_DAY))
        return cls(
            query,
            query.text("q"),
            query.choice("state", states),
            query.choice("service", dict(services)),
            since,
            until,
            services,
        )

    @property
    def is_search(self) -> bool:
        """Whether anything but the state is filtered."""
        return any((self.words, self.service, self.since, self.until))

    def values(self, more: str | None) -> dict[str, Any]:
        """What the template of the form and of the links to other pages needs."""
        return {
            "form": self.query.form,
            "filtered": not self.query.is_empty,
            "services": self.services,
            "more": self.query.query_string(more) if more else None,
            "newest": self.query.query_string() if self.query.cursor else None,
        }
