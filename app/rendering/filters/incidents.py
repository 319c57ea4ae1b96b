"""Jinja filters of incidents and maintenances: values derived from their records."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from app.domain.incidents.severity import current_severity, overall_severity
from app.domain.page.listing import maintenance_timeline
from app.domain.records import (
    AffectedService,
    DayOfIncidents,
    IncidentRecord,
    MaintenanceRecord,
    UpdateRecord,
)
from app.domain.statuses import ServiceStatus, worst
from app.domain.texts.phrases import Text
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
    ongoing: int = 0


def group_quiet_days(days: Sequence[DayOfIncidents]) -> list[IncidentDayRange]:
    """The days, newest first.

    Consecutive days without new incidents and with one number of ongoing ones are merged.
    """
    ranges: list[IncidentDayRange] = []
    for day in days:
        last = ranges[-1] if ranges else None
        if last and not day.incidents and not last.incidents and day.ongoing == last.ongoing:
            ranges[-1] = IncidentDayRange(day.on, last.last, (), day.ongoing)
        else:
            ranges.append(IncidentDayRange(day.on, day.on, day.incidents, day.ongoing))
    return ranges


def displayed_status(service: AffectedService, incident: IncidentRecord) -> ServiceStatus:
    """The current status of an affected service, or its worst once the incident is resolved."""
    return service.status if incident.is_open else worst_status(service, incident)


def worst_status(service: AffectedService, incident: IncidentRecord) -> ServiceStatus:
    """The worst status that the incident gave the service."""
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


def fallback_languages(
    titles: Iterable[Text],
    locale: Locale,
    *,
    bodies: Iterable[Text] = (),
    unread: Collection[str] = frozenset(),
) -> list[str]:
    """The languages other than the page's in which the texts will be shown.

    `unread` are the languages in which `bodies` are shown as a machine's unread translation.
    """
    localized = [localize(text, locale) for text in titles]
    localized += [localize(text, locale, unread=unread) for text in bodies]
    return list(dict.fromkeys(each.language for each in localized if each.foreign))


def _bodies(incident: IncidentRecord) -> list[Text]:
    bodies = [update.body for update in incident.updates]
    return [*bodies, incident.postmortem.body] if incident.postmortem else bodies


def _window_bodies(window: MaintenanceRecord) -> list[Text]:
    return [window.body, *(update.body for update in window.updates)]


@pass_context
def _foreign(context: Context, incident: IncidentRecord) -> list[str]:
    return _fallbacks(context, [incident.title], _bodies(incident))


@pass_context
def _foreign_window(context: Context, window: MaintenanceRecord) -> list[str]:
    return _fallbacks(context, [window.title], _window_bodies(window))


@pass_context
def _foreign_texts(
    context: Context,
    incidents: Iterable[IncidentRecord],
    windows: Iterable[MaintenanceRecord] = (),
    *others: Text | None,
) -> list[str]:
    """The fallback languages of all texts of a page, for one note."""
    incidents, windows = list(incidents), list(windows)
    titles = [*(each.title for each in incidents), *(each.title for each in windows)]
    bodies = [body for each in incidents for body in _bodies(each)]
    bodies += [body for each in windows for body in _window_bodies(each)]
    bodies += [text for text in others if text is not None]
    return _fallbacks(context, titles, bodies)


def _fallbacks(context: Context, titles: list[Text], bodies: list[Text]) -> list[str]:
    unread = context["page"].unread_machine_languages
    return fallback_languages(titles, context["locale"], bodies=bodies, unread=unread)


def _severity(incident: IncidentRecord) -> str:
    """The severity, now or once resolved in all, as a class; `unknown` without any."""
    status = current_severity(incident) if incident.is_open else overall_severity(incident)
    return "unknown" if status is ServiceStatus.OPERATIONAL else status


def _symbol(incident: IncidentRecord) -> str:
    """The symbol beside the status of an incident: a resolved one never looks open."""
    return _severity(incident) if incident.is_open else ServiceStatus.OPERATIONAL


def _impact(incident: IncidentRecord) -> ServiceStatus | None:
    """The impact as a service status, None without any."""
    status = overall_severity(incident)
    return None if status is ServiceStatus.OPERATIONAL else status


def _severity_unnamed(incident: IncidentRecord) -> ServiceStatus | None:
    """The severity of an open incident if none of its services has that status."""
    status = current_severity(incident)
    named = {each.status for each in incident.services}
    return None if status is ServiceStatus.OPERATIONAL or status in named else status


def _lasted(incident: IncidentRecord) -> int | None:
    if incident.resolved_at is None:
        return None
    return round((incident.resolved_at - incident.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the incidents of some days can be filtered by: services by slug, and severities."""

    services: tuple[tuple[str, Text], ...]
    severities: tuple[ServiceStatus, ...]


@pass_context
def _filter_choices(context: Context, days: Iterable[DayOfIncidents]) -> FilterChoices:
    """The services by name and the severities, worst first, of these incidents."""
    locale: Locale = context["locale"]
    incidents = [incident for day in days for incident in day.incidents]
    names = {each.slug: each.name for incident in incidents for each in incident.services}
    severities = {status for each in incidents if (status := _impact(each)) is not None}
    return FilterChoices(
        tuple(sorted(names.items(), key=lambda item: localize(item[1], locale).text.casefold())),
        tuple(sorted(severities, key=lambda status: -status.severity)),
    )


FILTERS: Mapping[str, Callable[..., Any]] = {
    "filter_choices": _filter_choices,
    "status_changes": status_changes,
    "group_quiet_days": group_quiet_days,
    "fallback_languages": _foreign,
    "window_fallback_languages": _foreign_window,
    "page_fallback_languages": _foreign_texts,
    "lasted": _lasted,
    "severity": _severity,
    "symbol": _symbol,
    "impact_status": _impact,
    "severity_unnamed": _severity_unnamed,
    "worst_status": worst_status,
    "timeline": maintenance_timeline,
    "displayed_status": displayed_status,
}
