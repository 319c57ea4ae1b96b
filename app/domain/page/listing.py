"""The records that programs read: Statuspage's API, feeds, calendars, badges.

They are the same for every language, like those of the pages, and hold only what a visitor may
see; `app.rendering` words them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.incidents.impact import Banner
from app.domain.localized_text import LocalizedText
from app.domain.page.pages import PageFacts
from app.domain.page.records import AffectedService, IncidentRecord, MaintenanceRecord
from app.domain.phrases import Phrase, Phrased, Text
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus

__all__ = [
    "ListedGroup",
    "ListedService",
    "MaintenanceSeries",
    "PageListing",
    "PostmortemStatus",
    "TimelineEntry",
    "incident_timeline",
    "last_changed_at",
    "maintenance_timeline",
    "monitoring_since",
    "statuspage_status",
]


class PostmortemStatus(StrEnum):
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
class MaintenanceSeries:
    """A maintenance that recurs, as a calendar tells it: its first window and its rule.

    `recurrence` is an RRULE in the page's zone. `changed` are the windows of the rule that staff
    changed or spoke of, `apart` those that it does not give any more; `is_empty` is a rule that
    gives no window at all any more.
    """

    id: str
    title: Text
    body: Text
    starts_at: datetime
    ends_at: datetime
    recurrence: str
    created_at: datetime
    updated_at: datetime
    is_cancelled: bool
    is_empty: bool = False
    changed: tuple[MaintenanceRecord, ...] = ()
    apart: tuple[MaintenanceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class PageListing:
    """Everything programs read of the page.

    `incidents` are the most recent ones, newest first; `open_incidents` those not resolved,
    however old. `maintenances` are newest first and hold every window that is not over; of those
    that recur, the next one. `series` are the maintenances that recur, with their rules.
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
    maintenances: tuple[MaintenanceRecord, ...]
    changes: Mapping[str, int]
    service: str | None = None
    series: tuple[MaintenanceSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One dated message as programs read it. `id` is None when nobody wrote it."""

    id: str | None
    status: IncidentStatus | MaintenanceStatus | PostmortemStatus
    body: Text
    at: datetime
    created_at: datetime
    updated_at: datetime
    services: tuple[AffectedService, ...]
    notify: bool


def statuspage_status(incident: IncidentRecord) -> IncidentStatus | PostmortemStatus:
    """The status programs read: a published postmortem closes what is resolved."""
    if incident.postmortem is not None and not incident.is_open:
        return PostmortemStatus.POSTMORTEM
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


def last_changed_at(incident: IncidentRecord) -> datetime:
    """When anything of it changed last."""
    return max([incident.updated_at, *(step.updated_at for step in incident_timeline(incident))])


def incident_timeline(incident: IncidentRecord) -> tuple[TimelineEntry, ...]:
    """The updates, newest first, and the postmortem on top of them once all is over."""
    steps = [
        TimelineEntry(
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
    account = TimelineEntry(
        id=None,
        status=PostmortemStatus.POSTMORTEM,
        body=incident.postmortem.body,
        at=published_at,
        created_at=published_at,
        updated_at=max(published_at, incident.postmortem.edited_at or published_at),
        services=(),
        notify=incident.postmortem.notify,
    )
    if not incident.is_open:
        return (account, *steps)
    # It was opened again: the newest word on it is no account of how it went.
    earlier = sorted([account, *steps[1:]], key=lambda step: step.at, reverse=True)
    return (*steps[:1], *earlier)


_UNDER_WAY = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})
_SAYS: Mapping[MaintenanceStatus, str] = {
    MaintenanceStatus.IN_PROGRESS: "maintenance.in_progress",
    MaintenanceStatus.VERIFYING: "maintenance.verifying",
    MaintenanceStatus.COMPLETED: "maintenance.completed",
    MaintenanceStatus.CANCELLED: "maintenance.cancelled",
}


def maintenance_timeline(window: MaintenanceRecord) -> tuple[TimelineEntry, ...]:
    """What has been told of a window, newest first: its plan, each edge, what staff said."""
    made = min(window.announced_at, window.starts_at)
    plan = MaintenanceStatus.SCHEDULED
    words = [_Word(None, plan, window.body, made, window.updated_at, window.notify)]
    said = {(each.status, each.posted_at) for each in window.updates}
    for status, at in _edges(window):
        if (status, at) not in said:
            words.append(_Word(None, status, Phrased.of(Phrase.of(_SAYS[status])), max(at, made)))
    words += [
        _Word(each.id, each.status, each.body, each.posted_at, each.edited_at, each.notify)
        for each in reversed(window.updates)
    ]
    words[1:] = sorted(words[1:], key=lambda word: word.at)
    steps: list[TimelineEntry] = []
    for word in words:
        former = steps[-1].status if steps else MaintenanceStatus.SCHEDULED
        steps.append(_step(window, word, under=former in _UNDER_WAY))
    return tuple(reversed(steps))


@dataclass(frozen=True, slots=True)
class _Word:
    id: str | None
    status: MaintenanceStatus
    body: Text
    at: datetime
    changed_at: datetime | None = None
    notify: bool = True


def _edges(window: MaintenanceRecord) -> Sequence[tuple[MaintenanceStatus, datetime]]:
    edges: list[tuple[MaintenanceStatus, datetime]] = []
    over_at = window.over_at
    if window.status is not MaintenanceStatus.SCHEDULED and window.starts_at < over_at:
        edges.append((MaintenanceStatus.IN_PROGRESS, window.starts_at))
    if window.verifying_at is not None and window.verifying_at < over_at and edges:
        edges.append((MaintenanceStatus.VERIFYING, window.verifying_at))
    if window.status in {MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED}:
        edges.append((window.status, over_at))
    return edges


def _step(window: MaintenanceRecord, word: _Word, *, under: bool) -> TimelineEntry:
    former = ServiceStatus.UNDER_MAINTENANCE if under else ServiceStatus.OPERATIONAL
    now = ServiceStatus.OPERATIONAL
    if word.status in _UNDER_WAY:
        now = ServiceStatus.UNDER_MAINTENANCE
    return TimelineEntry(
        id=word.id,
        status=word.status,
        body=word.body,
        at=word.at,
        created_at=word.at,
        updated_at=max(word.at, word.changed_at or word.at),
        services=tuple(
            AffectedService(each.slug, each.name, now, former) for each in window.services
        ),
        notify=word.notify,
    )
