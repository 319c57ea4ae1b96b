"""The records that programs read: Statuspage's API, feeds, calendars, badges.

They are the same for every language, like those of the pages, and hold only what a visitor may
see; `app.rendering` words them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.impact import Banner
from app.domain.localized import LocalizedText
from app.domain.pages import AffectedService, IncidentRecord, MaintenanceRecord, PageFacts
from app.domain.phrases import Phrase, Phrased, Text
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = [
    "ListedGroup",
    "ListedMaintenance",
    "ListedService",
    "Listing",
    "Step",
    "StepStatus",
    "incident_steps",
    "last_change",
    "listed_status",
    "maintenance_steps",
    "monitoring_since",
]


class StepStatus(StrEnum):
    """What a published postmortem sets on Statuspage's wire, where it is one more update."""

    POSTMORTEM = "postmortem"


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service as programs see it.

    `position` counts from 1 inside its group, or among what stands at the top of the page.
    """

    id: str
    slug: str
    name: LocalizedText
    description: LocalizedText | None
    status: ServiceStatus
    position: int
    group_id: str | None
    known_since: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A named set of services, by their ids; its status is the worst of theirs."""

    id: str
    name: LocalizedText
    status: ServiceStatus
    position: int
    services: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ListedMaintenance:
    """A planned window, cancelled ones too, with what a calendar needs.

    `recurrence` is an RRULE in the page's zone.
    """

    maintenance: MaintenanceRecord
    created_at: datetime
    updated_at: datetime
    verifying_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything programs read of the page.

    `incidents` are the most recent ones, newest first; `open_incidents` those not resolved,
    however old. `maintenances` are newest first and hold everything that is not over.
    `archived` are services that are no longer on the page but are named by what happened.
    `changes` tell by id how often an incident or a maintenance was changed since it was made.
    `service` is the slug of the service that the listing is about, None for the whole page.
    """

    page: PageFacts
    banner: Banner
    groups: tuple[ListedGroup, ...]
    services: tuple[ListedService, ...]
    archived: tuple[ListedService, ...]
    open_incidents: tuple[IncidentRecord, ...]
    incidents: tuple[IncidentRecord, ...]
    maintenances: tuple[ListedMaintenance, ...]
    changes: Mapping[str, int]
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One dated message as programs read it. `id` is None when nobody wrote it."""

    id: str | None
    status: IncidentStatus | MaintenanceStatus | StepStatus
    body: Text
    at: datetime
    created_at: datetime
    updated_at: datetime
    services: tuple[AffectedService, ...]
    notify: bool


def listed_status(incident: IncidentRecord) -> IncidentStatus | StepStatus:
    """The status programs read: a published postmortem closes what is resolved."""
    if incident.postmortem is not None and not incident.is_open:
        return StepStatus.POSTMORTEM
    return incident.status


def monitoring_since(incident: IncidentRecord) -> datetime | None:
    """Since when it has been watched without falling back, None when it is not or never was."""
    since = None
    for update in reversed(incident.updates):
        if update.status is IncidentStatus.MONITORING:
            since = since or update.posted_at
        elif update.status is not IncidentStatus.RESOLVED:
            since = None
    return since


def last_change(incident: IncidentRecord) -> datetime:
    """When anything of it changed last."""
    return max([incident.updated_at, *(step.updated_at for step in incident_steps(incident))])


def incident_steps(incident: IncidentRecord) -> tuple[Step, ...]:
    """The updates, newest first, and the postmortem on top of them once all is over."""
    steps = [
        Step(
            id=update.id,
            status=update.status,
            body=update.body,
            at=update.posted_at,
            created_at=(created := update.created_at or update.posted_at),
            updated_at=max(created, update.edited_at or created),
            services=update.services,
            notify=update.notify,
        )
        for update in incident.updates
    ]
    if incident.postmortem is None:
        return tuple(steps)
    published_at = incident.postmortem.published_at
    account = Step(
        id=None,
        status=StepStatus.POSTMORTEM,
        body=incident.postmortem.body,
        at=published_at,
        created_at=published_at,
        updated_at=max(published_at, incident.postmortem.edited_at or published_at),
        services=(),
        notify=False,
    )
    if not incident.is_open:
        return (account, *steps)
    # It was opened again: the newest word on it is no account of how it went.
    earlier = sorted([account, *steps[1:]], key=lambda step: step.at, reverse=True)
    return (*steps[:1], *earlier)


_OK, _UNDER = ServiceStatus.OPERATIONAL, ServiceStatus.UNDER_MAINTENANCE

# What the services of a window go through at each of its steps.
_MOVES: Mapping[MaintenanceStatus, tuple[ServiceStatus, ServiceStatus]] = {
    MaintenanceStatus.SCHEDULED: (_OK, _OK),
    MaintenanceStatus.IN_PROGRESS: (_OK, _UNDER),
    MaintenanceStatus.VERIFYING: (_UNDER, _UNDER),
    MaintenanceStatus.COMPLETED: (_UNDER, _OK),
    MaintenanceStatus.CANCELLED: (_OK, _OK),
}
_SAYS: Mapping[MaintenanceStatus, str] = {
    MaintenanceStatus.IN_PROGRESS: "maintenance.in_progress",
    MaintenanceStatus.VERIFYING: "maintenance.verifying",
    MaintenanceStatus.COMPLETED: "maintenance.completed",
    MaintenanceStatus.CANCELLED: "maintenance.cancelled",
}


def maintenance_steps(listed: ListedMaintenance) -> tuple[Step, ...]:
    """What has been told of a window, newest first: its plan, and each edge the clock passed."""
    window = listed.maintenance
    made = min(listed.created_at, window.starts_at)
    steps = [_step(window, MaintenanceStatus.SCHEDULED, window.body, made, listed.updated_at)]
    for status, at in _edges(listed):
        body = Phrased.of(Phrase.of(_SAYS[status]))
        steps.append(_step(window, status, body, max(at, steps[-1].at), None))
    return tuple(reversed(steps))


def _edges(listed: ListedMaintenance) -> Sequence[tuple[MaintenanceStatus, datetime]]:
    window = listed.maintenance
    edges: list[tuple[MaintenanceStatus, datetime]] = []
    over_at = listed.cancelled_at or min(listed.completed_at or window.ends_at, window.ends_at)
    if window.status is not MaintenanceStatus.SCHEDULED and window.starts_at < over_at:
        edges.append((MaintenanceStatus.IN_PROGRESS, window.starts_at))
    if listed.verifying_at is not None and listed.verifying_at < over_at and edges:
        edges.append((MaintenanceStatus.VERIFYING, listed.verifying_at))
    if window.status in {MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED}:
        edges.append((window.status, over_at))
    return edges


def _step(
    window: MaintenanceRecord,
    status: MaintenanceStatus,
    body: Text,
    at: datetime,
    updated_at: datetime | None,
) -> Step:
    former, now = _MOVES[status]
    return Step(
        id=None,
        status=status,
        body=body,
        at=at,
        created_at=at,
        updated_at=max(at, updated_at or at),
        services=tuple(
            AffectedService(each.slug, each.name, now, former) for each in window.services
        ),
        notify=True,
    )
