"""Statuspage's public API, version 2, as its clients know it: docs/statuspage.md."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.maintenances.occurrences import derived_id
from app.domain.page.listing import (
    PageListing,
    TimelineEntry,
    incident_timeline,
    last_changed_at,
    maintenance_timeline,
    monitoring_since,
    statuspage_status,
)
from app.domain.page.records import IncidentRecord, MaintenanceRecord
from app.domain.phrases import Text
from app.domain.statuses import MaintenanceStatus
from app.i18n import terms
from app.i18n.languages import SOURCE
from app.i18n.localization import localize
from app.rendering.formats.statuspage_components import Components, format_instant
from app.rendering.text.instants import plain_body
from app.rendering.text.machine_language import ENGLISH, MachineLanguage, language_key, locale_for

__all__ = ["DOCUMENTS", "MOST_RECENT", "render_document", "render_error"]

Json = dict[str, Any]

MOST_RECENT = 50

_UPCOMING = frozenset({MaintenanceStatus.SCHEDULED})
_ACTIVE = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})
# Statuspage knows nothing cancelled: such a window is no longer there.
_ALL = _UPCOMING | _ACTIVE | {MaintenanceStatus.COMPLETED}


def render_document(name: str, listing: PageListing, language: MachineLanguage = ENGLISH) -> bytes:
    """The document `name`, one of DOCUMENTS."""
    wire = _Wire(listing, language, Components.of(listing, language))
    return _bytes({"page": wire.page(), **DOCUMENTS[name](wire)})


def render_error(message: str) -> bytes:
    """What stands where there is no document."""
    return _bytes({"error": message})


def _bytes(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Wire:
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
        said = {"indicator": banner.indicator.value, "description": banner.text.value}
        if self.language.words == SOURCE:
            return said
        catalogue = locale_for(self.listing.page, self.language.words).catalogue
        text = catalogue.gettext(terms.BANNER[banner.text])
        return {**said, "description": text, "lang": self.language.words}

    def incidents(self, records: Iterable[IncidentRecord]) -> list[Json]:
        return [self._incident(each) for each in records]

    def maintenances(
        self, statuses: frozenset[MaintenanceStatus], limit: int | None = None
    ) -> list[Json]:
        shown = [each for each in self.listing.maintenances if each.status in statuses]
        return [self._maintenance(each) for each in shown[:limit]]

    def _incident(self, incident: IncidentRecord) -> Json:
        begun = min([incident.created_at, *(each.posted_at for each in incident.updates)])
        return {
            **self._head(incident.id, incident.title, statuspage_status(incident).value),
            "created_at": self.at(begun),
            "updated_at": self.at(max(begun, last_changed_at(incident))),
            "monitoring_at": self.at_or_none(monitoring_since(incident)),
            "resolved_at": self.at_or_none(incident.resolved_at),
            "impact": incident.impact.value,
            "shortlink": self._shortlink(incident.id),
            "started_at": self.at(incident.started_at),
            "page_id": self.listing.page.id,
            "incident_updates": self._steps(incident.id, incident_timeline(incident)),
            "components": self.components.affected(incident.services),
            "reminder_intervals": None,
        }

    def _maintenance(self, window: MaintenanceRecord) -> Json:
        steps = maintenance_timeline(window)
        over_at = window.over_at if window.status is MaintenanceStatus.COMPLETED else None
        created_at = min(window.announced_at, window.starts_at)
        return {
            **self._head(window.id, window.title, window.status.value),
            "created_at": self.at(created_at),
            "updated_at": self.at(max(window.updated_at, *(step.updated_at for step in steps))),
            "monitoring_at": None,
            "resolved_at": self.at_or_none(over_at),
            "impact": "maintenance",
            "shortlink": self._shortlink(window.path.removeprefix("/maintenances/")),
            "started_at": self.at(created_at),
            "page_id": self.listing.page.id,
            "incident_updates": self._steps(window.id, steps),
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

    def _steps(self, incident_id: str, steps: Iterable[TimelineEntry]) -> list[Json]:
        return [self._step(incident_id, step) for step in steps]

    def _step(self, incident_id: str, step: TimelineEntry) -> Json:
        body = plain_body(step.body, self.components.locale)
        created_at = min(step.created_at, step.at)
        return {
            "id": step.id or derived_id(incident_id, step.status.value),
            "status": step.status.value,
            "body": body.text,
            "incident_id": incident_id,
            "created_at": self.at(created_at),
            "updated_at": self.at(max(created_at, step.updated_at)),
            "display_at": self.at(step.at),
            "affected_components": self.components.changes(step.services),
            "deliver_notifications": step.notify,
            "custom_tweet": None,
            "tweet_id": None,
            **language_key(body, self.language),
        }


def _summary(wire: _Wire) -> Json:
    return {
        **_components(wire),
        **_unresolved(wire),
        "scheduled_maintenances": wire.maintenances(_UPCOMING | _ACTIVE),
        **_status(wire),
    }


def _status(wire: _Wire) -> Json:
    return {"status": wire.status()}


def _components(wire: _Wire) -> Json:
    return {"components": wire.components.all()}


def _incidents(wire: _Wire) -> Json:
    return {"incidents": wire.incidents(wire.listing.incidents[:MOST_RECENT])}


def _unresolved(wire: _Wire) -> Json:
    return {"incidents": wire.incidents(wire.listing.open_incidents)}


def _maintenances(wire: _Wire) -> Json:
    return {"scheduled_maintenances": wire.maintenances(_ALL, MOST_RECENT)}


def _upcoming(wire: _Wire) -> Json:
    return {"scheduled_maintenances": wire.maintenances(_UPCOMING)}


def _active(wire: _Wire) -> Json:
    return {"scheduled_maintenances": wire.maintenances(_ACTIVE)}


# By what follows /api/v2/ and comes before .json.
DOCUMENTS: dict[str, Callable[[_Wire], Json]] = {
    "components": _components,
    "incidents": _incidents,
    "incidents/unresolved": _unresolved,
    "scheduled-maintenances": _maintenances,
    "scheduled-maintenances/active": _active,
    "scheduled-maintenances/upcoming": _upcoming,
    "status": _status,
    "summary": _summary,
}
