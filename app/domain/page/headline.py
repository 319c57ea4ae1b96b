"""Headline of the page: the worst that is going on, and what it affects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.incidents.severity import current_severity
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import MaintenanceStatus, ServiceStatus, worst
from app.domain.texts.phrases import Text

__all__ = ["Headline", "HeadlineKind", "headline_of", "worst_first"]

_RUNNING = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})


class HeadlineKind(StrEnum):
    """What the headline says.

    `status` names services and their status, `incident` an open incident that affects no service,
    `operational` says that all services work, `no_services` that the page has none yet.
    """

    STATUS = "status"
    INCIDENT = "incident"
    OPERATIONAL = "operational"
    NO_SERVICES = "no_services"


@dataclass(frozen=True, slots=True)
class Headline:
    """The worst status on the page with the services that have it.

    `subjects` are the names of these services; without any, the titles of the incidents or
    maintenances. `others` are the services with another status that is not operational, worst
    first. `since` is the start of the earliest open incident of this severity, `updated_at` the
    time of the latest update of these incidents, `next_update_at` the earliest time that one of
    them promises for its next update; None when no incident caused the status.
    """

    kind: HeadlineKind
    status: ServiceStatus
    subjects: tuple[Text, ...] = ()
    others: tuple[Text, ...] = ()
    since: datetime | None = None
    updated_at: datetime | None = None
    next_update_at: datetime | None = None

    @property
    def symbol(self) -> str:
        """The symbol and colour: a service status, or `unknown` where none is known."""
        if self.kind in {HeadlineKind.INCIDENT, HeadlineKind.NO_SERVICES}:
            return "unknown"
        return self.status.value


class _Service(Protocol):
    """A service with its current status."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> Text: ...

    @property
    def status(self) -> ServiceStatus: ...


def worst_first(incidents: Iterable[IncidentRecord]) -> tuple[IncidentRecord, ...]:
    """Open incidents by severity, most severe first, then by latest update, newest first."""
    newest = sorted(incidents, key=lambda each: (_updated_at(each), each.id), reverse=True)
    return tuple(sorted(newest, key=lambda each: -current_severity(each).severity))


def headline_of(
    services: Sequence[_Service],
    open_incidents: Sequence[IncidentRecord],
    maintenances: Iterable[MaintenanceRecord] = (),
) -> Headline:
    """The headline of a page with these services, open incidents and maintenance windows."""
    status = worst(
        [*(each.status for each in services), *(current_severity(each) for each in open_incidents)]
    )
    running = [each for each in maintenances if each.status in _RUNNING]
    if status is ServiceStatus.OPERATIONAL:
        return _without_status(services, worst_first(open_incidents), running)
    causes = [each for each in open_incidents if current_severity(each) is status]
    subjects = {each.slug: each.name for each in services if each.status is status}
    for incident in causes:
        if incident.services and not any(each.slug in subjects for each in incident.services):
            subjects |= {each.slug: each.name for each in _affected(incident)}
    others = sorted(
        (each for each in services if each.status.severity and each.slug not in subjects),
        key=lambda each: -each.status.severity,
    )
    return Headline(
        HeadlineKind.STATUS,
        status,
        tuple(subjects.values()) or tuple(each.title for each in worst_first(causes)),
        tuple(each.name for each in others),
        min((each.started_at for each in causes), default=None),
        max(map(_updated_at, causes), default=None),
        _next_update_at(causes),
    )


def _without_status(
    services: Sequence[_Service],
    open_incidents: Sequence[IncidentRecord],
    running: Sequence[MaintenanceRecord],
) -> Headline:
    """The headline while every service is operational."""
    if open_incidents:
        return Headline(
            HeadlineKind.INCIDENT,
            ServiceStatus.OPERATIONAL,
            tuple(each.title for each in open_incidents),
            since=min(each.started_at for each in open_incidents),
            updated_at=max(map(_updated_at, open_incidents)),
            next_update_at=_next_update_at(open_incidents),
        )
    if running:
        titles = tuple(each.title for each in running)
        return Headline(HeadlineKind.STATUS, ServiceStatus.UNDER_MAINTENANCE, titles)
    kind = HeadlineKind.OPERATIONAL if services else HeadlineKind.NO_SERVICES
    return Headline(kind, ServiceStatus.OPERATIONAL)


def _affected(incident: IncidentRecord) -> list[_Service]:
    """The services that the incident still affects, or all that it names."""
    affected = [each for each in incident.services if each.status.severity]
    return list(affected or incident.services)


def _next_update_at(incidents: Iterable[IncidentRecord]) -> datetime | None:
    promised = (each.next_update_at for each in incidents)
    return min((at for at in promised if at is not None), default=None)


def _updated_at(incident: IncidentRecord) -> datetime:
    return max((each.posted_at for each in incident.updates), default=incident.started_at)
