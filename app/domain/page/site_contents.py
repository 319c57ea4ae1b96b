"""What there is a page for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.page.logos import LogoFacts

__all__ = ["SiteContents"]


@dataclass(frozen=True, slots=True)
class SiteContents:
    """Everything there is an address for: incidents by id, services by slug, months by first day,
    pictures by incident and phase.

    The months are those with a history and the current one, newest first. `maintenances` tell the
    names of the windows of those that recur, as far as anything leads to them; `theme` is the
    digest of the page's colours, if it has its own, `logos` are the pictures of its logo.
    """

    incidents: tuple[str, ...]
    maintenances: Mapping[str, tuple[str, ...]]
    services: tuple[str, ...]
    months: tuple[date, ...]
    pictures: tuple[tuple[str, str], ...] = ()
    theme: str | None = None
    logos: tuple[LogoFacts, ...] = ()
