"""Documents of Statuspage's public API, version 2: docs/statuspage.md."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.maintenances.occurrences import derived_id
from app.domain.page.listing import (
    MOST_RECENT,
    PageListing,
    TimelineEntry,
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
    monitoring_since,
    statuspage_status,
)
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.phrases import Text
from app.i18n.languages import SOURCE
from app.i18n.localization import localize
from app.rendering.filters.headline import headline_text
from app.rendering.formats.statuspage_components import Components, format_instant
from app.rendering.text.machine_language import ENGLISH, MachineLanguage, language_key, locale_for
from app.rendering.text.markdown_source import plain_body

__all__ = ["DOCUMENTS", "render_document", "render_error", "render_notification"]

Json = dict[str, Any]

_UPCOMING = frozenset({MaintenanceStatus.SCHEDULED})
_ACTIVE = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})
# Members of an incident in Statuspage's webhooks that its API does not have.
_NOTIFIED_NULLS: Json = {
    "backfilled": False,
    "postmortem_body": None,
    "postmortem_body_last_updated_at": None,
    "postmortem_ignored": False,
    "postmortem_notified_subscribers": False,
    "postmortem_notified_twitter": False,
    "postmortem_published_at": None,
    "scheduled_for": None,
    "scheduled_until": None,
    "scheduled_auto_completed": False,
    "scheduled_auto_in_progress": False,
    "scheduled_remind_prior": False,
    "scheduled_reminded_at": None,
    "impact_override": None,
}
# Statuspage has no cancelled maintenance: a cancelled window is omitted.
_ALL = _UPCOMING | _ACTIVE | {MaintenanceStatus.COMPLETED}


def render_document(name: str, listing: PageListing, language: MachineLanguage = ENGLISH) -> bytes:
    """The document `name`, one of DOCUMENTS."""
    serializer = _Serializer(listing, language, Components.of(listing, language))
    return _encode({"page": serializer.page(), **DOCUMENTS[name](serializer)})


def render_notification(
    listing: PageListing, record: IncidentRecord | MaintenanceRecord, language: MachineLanguage
) -> Json:
    """The body of Statuspage's webhook about an incident or a maintenance.

    Members that Fyr has no value for are null, as a receiver may read them unconditionally.
    """
    serializer = _Serializer(listing, language, Components.of(listing, language))
    page, banner = listing.page, serializer.status()
    (incident,) = (
        serializer.incidents([record])
        if isinstance(record, IncidentRecord)
        else serializer.maintenance_windows([record])
    )
    return {
        "meta": {
            "unsubscribe": None,
            "documentation": None,
            "generated_at": serializer.at(page.now),
        },
        "page": {
            "id": page.id,
            "status_indicator": banner["indicator"],
            "status_description": banner["description"],
        },
        "incident": {**_NOTIFIED_NULLS, "organization_id": page.id, **incident},
    }


def render_error(message: str) -> bytes:
    """The document of an error."""
    return _encode({"error": message})


def _encode(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Serializer:
    listing: PageListing
    language: MachineLanguage
    components: Components

    def at(self, moment: datetime) -> str:
        return format_instant(moment, self.components.zone)

    def at_or_none(self, moment: datetime | None) -> str | None:
        return None if moment is None else self.at(moment)

    def page(self) -> Json:
        page = self.listing.page
        name = localize(page.name, self.components.locale)
        return {
            "id": page.id,
            "name": name.text,
            "url": page.base_url,
            "time_zone": "Etc/UTC" if page.time_zone == "UTC" else page.time_zone,
            "updated_at": self.at(page.updated_at),
            **language_key(name, self.language),
        }

    def status(self) -> Json:
        banner = self.listing.banner
        status = {"indicator": banner.indicator.value, "description": banner.text.value}
        if self.language.fixed_texts == SOURCE:
            return status
        locale = locale_for(self.listing.page, self.language.fixed_texts)
        text = headline_text(self.listing.headline, locale)
        return {**status, "description": text, "lang": self.language.fixed_texts}

    def incidents(self, records: Iterable[IncidentRecord]) -> list[Json]:
        return [self._incident(each) for each in records]

    def maintenances(
        self, statuses: frozenset[MaintenanceStatus], limit: int | None = None
    ) -> list[Json]:
        shown = [each for each in self.listing.maintenances if each.status in statuses]
        return [self._maintenance(each) for each in shown[:limit]]

    def maintenance_windows(self, windows: Iterable[MaintenanceRecord]) -> list[Json]:
        return [self._maintenance(each) for each in windows]

    def _incident(self, incident: IncidentRecord) -> Json:
        created_at = min([incident.created_at, *(each.posted_at for each in incident.updates)])
        return {
            **self._head(incident.id, incident.title, statuspage_status(incident).value),
            "created_at": self.at(created_at),
            "updated_at": self.at(max(created_at, last_changed_at(incident))),
            "monitoring_at": self.at_or_none(monitoring_since(incident)),
            "resolved_at": self.at_or_none(incident.resolved_at),
            "impact": incident.impact.value,
            "shortlink": self._shortlink(incident.id),
            "started_at": self.at(incident.started_at),
            "page_id": self.listing.page.id,
            "incident_updates": self._updates(incident.id, incident_timeline(incident)),
            "components": self.components.affected(incident.services),
            "reminder_intervals": None,
        }

    def _maintenance(self, window: MaintenanceRecord) -> Json:
        timeline = maintenance_timeline(window)
        over_at = window.over_at if window.status is MaintenanceStatus.COMPLETED else None
        created_at = min(window.announced_at, window.starts_at)
        return {
            **self._head(window.id, window.title, window.status.value),
            "created_at": self.at(created_at),
            "updated_at": self.at(max(window.updated_at, *(each.updated_at for each in timeline))),
            "monitoring_at": None,
            "resolved_at": self.at_or_none(over_at),
            "impact": "maintenance",
            "shortlink": self._shortlink(window.path.removeprefix("/maintenances/")),
            "started_at": self.at(created_at),
            "page_id": self.listing.page.id,
            "incident_updates": self._updates(window.id, timeline),
            "components": self.components.affected(window.services),
            "reminder_intervals": None,
            "scheduled_for": self.at(window.starts_at),
            "scheduled_until": self.at(window.ends_at),
        }

    def _head(self, id: str, title: Text, status: str) -> Json:
        name = localize(title, self.components.locale)
        return {"id": id, "name": name.text, "status": status, **language_key(name, self.language)}

    def _shortlink(self, name: str) -> str:
        return f"{self.listing.page.base_url}/i/{name}"

    def _updates(self, incident_id: str, timeline: Iterable[TimelineEntry]) -> list[Json]:
        return [self._update(incident_id, each) for each in timeline]

    def _update(self, incident_id: str, entry: TimelineEntry) -> Json:
        body = plain_body(entry.body, self.components.locale)
        created_at = min(entry.created_at, entry.at)
        return {
            "id": entry.id or derived_id(incident_id, entry.status.value),
            "status": entry.status.value,
            "body": body.text,
            "incident_id": incident_id,
            "created_at": self.at(created_at),
            "updated_at": self.at(max(created_at, entry.updated_at)),
            "display_at": self.at(entry.at),
            "affected_components": self.components.changes(entry.services),
            "deliver_notifications": entry.notify,
            "custom_tweet": None,
            "tweet_id": None,
            **language_key(body, self.language),
        }


def _summary(serializer: _Serializer) -> Json:
    return {
        **_components(serializer),
        **_unresolved(serializer),
        "scheduled_maintenances": serializer.maintenances(_UPCOMING | _ACTIVE),
        **_status(serializer),
    }


def _status(serializer: _Serializer) -> Json:
    return {"status": serializer.status()}


def _components(serializer: _Serializer) -> Json:
    return {"components": serializer.components.all()}


def _incidents(serializer: _Serializer) -> Json:
    return {"incidents": serializer.incidents(serializer.listing.incidents[:MOST_RECENT])}


def _unresolved(serializer: _Serializer) -> Json:
    return {"incidents": serializer.incidents(serializer.listing.open_incidents)}


def _maintenances(serializer: _Serializer) -> Json:
    return {"scheduled_maintenances": serializer.maintenances(_ALL, MOST_RECENT)}


def _upcoming(serializer: _Serializer) -> Json:
    return {"scheduled_maintenances": serializer.maintenances(_UPCOMING)}


def _active(serializer: _Serializer) -> Json:
    return {"scheduled_maintenances": serializer.maintenances(_ACTIVE)}


# By the part of the path between /api/v2/ and .json.
DOCUMENTS: dict[str, Callable[[_Serializer], Json]] = {
    "components": _components,
    "incidents": _incidents,
    "incidents/unresolved": _unresolved,
    "scheduled-maintenances": _maintenances,
    "scheduled-maintenances/active": _active,
    "scheduled-maintenances/upcoming": _upcoming,
    "status": _status,
    "summary": _summary,
}
