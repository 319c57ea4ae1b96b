"""Jinja filters of incidents and maintenances: values derived from their records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.page.listing import maintenance_timeline
from app.domain.phrases import Text
from app.domain.records import (
    AffectedService,
    DayOfIncidents,
    IncidentRecord,
    MaintenanceRecord,
    UpdateRecord,
)
from app.domain.statuses import Impact, ServiceStatus, worst
from app.i18n.localization import Locale, localize

__all__ = [
    "FILTERS",
    "IncidentDayRange",
    "displayed_status",
    "fallback_languages",
    "group_quiet_days",
    "status_changes",
]


@dataclass(frozen=True, slots=True)
class IncidentDayRange:
    """Consecutive days in one list item: one day with incidents, or several without."""

    first: date
    last: date
    incidents: tuple[IncidentRecord, ...]


def group_quiet_days(days: Sequence[DayOfIncidents]) -> list[IncidentDayRange]:
    """The days, newest first, with consecutive days without incidents merged."""
    ranges: list[IncidentDayRange] = []
    for day in days:
        if ranges and not day.incidents and not ranges[-1].incidents:
            ranges[-1] = IncidentDayRange(day.on, ranges[-1].last, ())
        else:
            ranges.append(IncidentDayRange(day.on, day.on, day.incidents))
    return ranges


def displayed_status(service: AffectedService, incident: IncidentRecord) -> ServiceStatus:
    """The current status of an affected service, or its worst once the incident is resolved."""
    if incident.is_open:
        return service.status
    return worst(
        each.status
        for update in incident.updates
        for each in update.services
        if each.slug == service.slug
    )


def status_changes(update: UpdateRecord, incident: IncidentRecord) -> list[AffectedService]:
    """The services whose status an update changed, without the first update and recoveries."""
    if update is incident.updates[-1]:
        return []
    return [
        service
        for service in update.services
        if service.status is not service.former and service.status is not ServiceStatus.OPERATIONAL
    ]


def fallback_languages(texts: Iterable[Text], locale: Locale) -> list[str]:
    """The languages other than the page's in which the texts will be shown."""
    localized = (localize(text, locale) for text in texts)
    return list(dict.fromkeys(each.language for each in localized if each.foreign))


def _texts(incident: IncidentRecord) -> list[Text]:
    texts = [incident.title, *(update.body for update in incident.updates)]
    return [*texts, incident.postmortem.body] if incident.postmortem else texts


@pass_context
def _foreign(context: Context, incident: IncidentRecord) -> list[str]:
    return fallback_languages(_texts(incident), context["locale"])


@pass_context
def _foreign_window(context: Context, window: MaintenanceRecord) -> list[str]:
    bodies = (update.body for update in window.updates)
    return fallback_languages([window.title, window.body, *bodies], context["locale"])


# The stylesheet has classes for service statuses; an impact maps to one of them.
_SEVERITY = {
    Impact.NONE: "unknown",
    Impact.MINOR: ServiceStatus.DEGRADED_PERFORMANCE,
    Impact.MAJOR: ServiceStatus.PARTIAL_OUTAGE,
    Impact.CRITICAL: ServiceStatus.MAJOR_OUTAGE,
}


def _severity(incident: IncidentRecord) -> str:
    return _SEVERITY[incident.impact]


def _lasted(incident: IncidentRecord) -> int | None:
    if incident.resolved_at is None:
        return None
    return round((incident.resolved_at - incident.started_at).total_seconds())


FILTERS: Mapping[str, Callable[..., Any]] = {
    "status_changes": status_changes,
    "group_quiet_days": group_quiet_days,
    "fallback_languages": _foreign,
    "window_fallback_languages": _foreign_window,
    "lasted": _lasted,
    "severity": _severity,
    "timeline": maintenance_timeline,
    "displayed_status": displayed_status,
}
