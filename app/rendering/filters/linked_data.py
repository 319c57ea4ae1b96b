"""Linked data of a page: schema.org as JSON-LD, for search engines and link previews."""

import json
from typing import Any

from markupsafe import Markup

from app.domain.page.listing import last_changed_at
from app.domain.page.pages import (
    HistoryPage,
    IncidentPage,
    MaintenancePage,
    NotFoundPage,
    OverviewPage,
    ServicePage,
)
from app.domain.page.report import ReportPage
from app.domain.statuses import MaintenanceStatus
from app.i18n.localization import Locale, localize
from app.rendering.text.instants import format_rfc3339

__all__ = ["Record", "linked_data"]

Record = (
    OverviewPage
    | IncidentPage
    | MaintenancePage
    | ServicePage
    | HistoryPage
    | ReportPage
    | NotFoundPage
)

# Characters that could end the script element or start a comment inside it.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def linked_data(record: Record, locale: Locale, path: str) -> Markup:
    """JSON-LD of a page, escaped so that it can stand inside a script element."""
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
        "datePublished": format_rfc3339(incident.started_at),
        "dateModified": format_rfc3339(last_changed_at(incident)),
        "inLanguage": title.language,
    }


def _event(record: MaintenancePage, locale: Locale) -> dict[str, Any]:
    window = record.maintenance
    title = localize(window.title, locale)
    cancelled = window.status is MaintenanceStatus.CANCELLED
    return {
        "@type": "Event",
        "name": title.text,
        "startDate": format_rfc3339(window.starts_at),
        "endDate": format_rfc3339(window.ends_at),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "inLanguage": title.language,
    }


def _organizer(name: str, url: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name, "url": f"{url}/"}
