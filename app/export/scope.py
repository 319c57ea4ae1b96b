"""Scope of an export: which pages are compared with what was exported before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.domain.page.pages import SiteContents
from app.usecases.public.changes import ChangedPages
from app.web.page_cache.surface_urls import (
    PathParams,
    every_incident,
    every_maintenance,
    every_month,
    every_picture,
    every_service,
    every_window,
)

__all__ = ["EVERY_PAGE", "Scope"]

_INCIDENTS = (every_incident, every_picture)
_MAINTENANCES = (every_maintenance, every_window)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pages are compared: every one, those of `changed`, or those changed `since` a time.

    Pages that are no incident, maintenance, service or month are always compared: they are few.
    """

    changed: ChangedPages | None = None
    since: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all pages are listed, and other files of earlier exports are deleted."""
        return self.changed is None

    def lists(self, every: Callable[..., object], named: PathParams) -> bool:
        """Whether a page is listed, by the function that lists its URLs and its parameters."""
        if self.changed is None:
            return True
        if every in _INCIDENTS:
            return named["public_id"] in self.changed.incidents
        if every is every_service:
            return named["slug"] in self.changed.services
        if every is every_month:
            return named["month"] in {f"{each:%Y-%m}" for each in self.changed.months}
        return every not in _MAINTENANCES

    def is_settled(
        self, every: Callable[..., object], named: PathParams, contents: SiteContents
    ) -> bool:
        """Whether a page is taken as it was exported, if it was."""
        if self.since is None or every not in (*_INCIDENTS, *_MAINTENANCES):
            return False
        changed_at = contents.changed_at.get(named["public_id"])
        return changed_at is not None and changed_at < self.since


# Every page is compared.
EVERY_PAGE = Scope()
