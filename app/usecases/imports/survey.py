"""Survey of a source: how many things it has of each kind, and when it first names each service."""

from dataclasses import dataclass, field

from app.domain.statuses import IncidentStatus
from app.ports.importer import ItemKind
from app.usecases.imports.prepared import Prepared

__all__ = ["SourceSurvey"]

_NAMES = {
    ItemKind.GROUP: "groups",
    ItemKind.SERVICE: "services",
    ItemKind.INCIDENT: "incidents",
    ItemKind.MAINTENANCE: "maintenances",
    ItemKind.SUBSCRIBER: "subscribers",
    ItemKind.UPTIME: "uptime_intervals",
    ItemKind.TARGET: "targets",
}
_OTHERS = ("archived_services", "updates", "postmortems", "open_incidents")


def _zero() -> dict[str, int]:
    return dict.fromkeys([*_NAMES.values(), *_OTHERS], 0)


@dataclass
class SourceSurvey:
    """Counts by name, and the time at which incidents first name each service, by its ref."""

    counts: dict[str, int] = field(default_factory=_zero)
    first_named: dict[str, str] = field(default_factory=dict)

    def add(self, item: Prepared) -> None:
        """Count an item."""
        name = _NAMES.get(item.kind)
        if name is None:
            return
        if item.kind is ItemKind.SERVICE and item.content["archived"]:
            name = "archived_services"
        self.counts[name] += 1
        if item.kind is ItemKind.INCIDENT:
            self._add_incident(item)

    def _add_incident(self, item: Prepared) -> None:
        updates = item.content["updates"]
        self.counts["updates"] += len(updates)
        self.counts["postmortems"] += item.content["postmortem"] is not None
        self.counts["open_incidents"] += updates[-1]["status"] != IncidentStatus.RESOLVED
        for each in updates:
            for ref in each["services"]:
                first = self.first_named.get(ref)
                self.first_named[ref] = each["at"] if first is None else min(first, each["at"])
