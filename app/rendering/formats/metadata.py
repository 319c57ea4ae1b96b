"""What search engines and link previews read."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from app.domain.page.listing import PageListing, last_changed_at
from app.domain.page.pages import (
    HistoryPage,
    IncidentPage,
    MaintenancePage,
    NotFoundPage,
    OverviewPage,
    ServicePage,
)
from app.domain.statuses import MaintenanceStatus
from app.i18n.localization import Locale, localize
from app.rendering.formats.xml import render_xml
from app.rendering.text.machine_language import MachineLanguage

__all__ = ["linked_data", "robots", "sitemap"]

Record = OverviewPage | IncidentPage | MaintenancePage | ServicePage | HistoryPage | NotFoundPage

# What is not for readers of the page.
_CLOSED = ("/api/v1/", "/console/", "/embed/", "/hooks/")

# What ends the element or starts a comment inside it.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """A page in every language, and when it changed last."""

    path: str
    changed_at: datetime


def robots(listing: PageListing, _tongue: MachineLanguage) -> bytes:
    """What programs that wander may read, and where they find it."""
    closed = "".join(f"Disallow: {path}\n" for path in _CLOSED)
    return f"User-agent: *\n{closed}\nSitemap: {listing.page.base_url}/sitemap.xml\n".encode()


def sitemap(listing: PageListing, _tongue: MachineLanguage) -> bytes:
    """Every page there is, in every language."""
    changed_at = listing.page.updated_at
    places = [SitemapUrl("/", changed_at), SitemapUrl("/history", changed_at)]
    places += [SitemapUrl(f"/services/{each.slug}", each.updated_at) for each in listing.services]
    places += [
        SitemapUrl(f"/incidents/{each.id}", last_changed_at(each)) for each in listing.incidents
    ]
    places += [SitemapUrl(each.path, each.updated_at) for each in listing.maintenances]
    return render_xml("sitemap.xml", page=listing.page, places=places)


def linked_data(record: Record, locale: Locale, path: str) -> Markup:
    """The page as schema.org data: JSON that can stand inside a script element."""
    page = record.page
    name = localize(page.name, locale).text
    site = {"@type": "WebSite", "name": name, "url": f"{page.base_url}/{locale.language}/"}
    url = f"{page.base_url}/{locale.language}{path}"
    data: dict[str, Any] = site
    if isinstance(record, IncidentPage):
        data = {**_report(record, locale), "url": url, "isPartOf": site}
    elif isinstance(record, MaintenancePage):
        data = {**_event(record, locale), "url": url, "organizer": _organizer(name, page.base_url)}
    data = {"@context": "https://schema.org", **data}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704  # nothing is left that ends the element


def _report(record: IncidentPage, locale: Locale) -> dict[str, Any]:
    incident = record.incident
    title = localize(incident.title, locale)
    return {
        "@type": "Report",
        "headline": title.text,
        "datePublished": _at(incident.started_at),
        "dateModified": _at(last_changed_at(incident)),
        "inLanguage": title.language,
    }


def _event(record: MaintenancePage, locale: Locale) -> dict[str, Any]:
    window = record.maintenance
    title = localize(window.title, locale)
    cancelled = window.status is MaintenanceStatus.CANCELLED
    return {
        "@type": "Event",
        "name": title.text,
        "startDate": _at(window.starts_at),
        "endDate": _at(window.ends_at),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "inLanguage": title.language,
    }


def _organizer(name: str, url: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name, "url": f"{url}/"}


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
