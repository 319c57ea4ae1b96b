"""Page listing: the data behind machine formats (Statuspage's API, feeds, calendars, badges).

Listings are independent of the language, which `app.rendering` applies, and hold public data only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.incidents.impact import Banner
from app.domain.maintenances.local_times import RuleWindow
from app.domain.notifications.notified import NotifiedCount
from app.domain.page.headline import Headline, headline_of
from app.domain.page.pages import PageFacts
from app.domain.records import AffectedService, IncidentRecord, MaintenanceRecord
from app.domain.statuses import IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased, Text

__all__ = [
    "MOST_RECENT",
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

# Items of each kind in a listing, as many as in Statuspage's API.
MOST_RECENT = 50


class PostmortemStatus(StrEnum):
    """Status of a published postmortem, which Statuspage's API lists as one more update."""

    POSTMORTEM = "postmortem"


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service in a listing.

    `position` counts from 1: inside its group, or among the services without one.
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
    """A service group with the ids of its services; its status is the worst of theirs."""

    id: str
    name: LocalizedText
    status: ServiceStatus
    position: int
    services: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MaintenanceSeries:
    """A recurring maintenance: its recurrence rule and its first window.

    `recurrence` is an RRULE in the page's time zone, `first` the window with which it starts.
    `shifted` are windows of the rule whose instants do not follow from the local times alone,
    because clocks change on their day, up to ten years ahead. `changed` are the windows of the rule
    that staff changed or posted an update on; `apart` are such windows that the current rule no
    longer generates. `local_starts` are the local times at which `shifted` and `changed` start by
    the rule, by `recurs_at`. `is_empty` is set when the rule generates no window.
    """

    id: str
    title: Text
    body: Text
    first: RuleWindow
    recurrence: str
    created_at: datetime
    updated_at: datetime
    is_cancelled: bool
    is_empty: bool = False
    shifted: tuple[MaintenanceRecord, ...] = ()
    changed: tuple[MaintenanceRecord, ...] = ()
    local_starts: Mapping[datetime, datetime] = field(default_factory=dict)
    apart: tuple[MaintenanceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class PageListing:
    """Everything that machine formats show of the page.

    `incidents` are the most recent ones, newest first; `open_incidents` all that are not resolved,
    however old. `maintenances` are newest first and contain every window that is not over; of a
    recurring maintenance, the next one. `series` are the recurring maintenances with their rules.
    `archived` are services that are no longer on the page but are named by a listed incident or
    maintenance. `changes` gives, by id, how often an incident or maintenance was changed after its
    creation. `service` is the slug of the service that is listed, None for the whole page.
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

    @property
    def headline(self) -> Headline:
        """The worst that is going on at the listed services, and what it affects."""
        services = [each for each in self.services if self.service in {None, each.slug}]
        return headline_of(services, self.open_incidents, self.maintenances)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One dated entry in the timeline of an incident or maintenance.

    `id` is None for an entry that is derived, such as the start of a maintenance window.
    `next_update_at` is the time of the next update that the latest update of an open incident
    promises. `notified` is how many subscribers were notified of the entry, if the page shows it.
    """

    id: str | None
    status: IncidentStatus | MaintenanceStatus | PostmortemStatus
    body: Text
    at: datetime
    created_at: datetime
    updated_at: datetime
    services: tuple[AffectedService, ...]
    notify: bool
    next_update_at: datetime | None = None
    notified: NotifiedCount | None = None


def statuspage_status(incident: IncidentRecord) -> IncidentStatus | PostmortemStatus:
    """Status in Statuspage's API: `postmortem` for a resolved incident with a published one."""
    if incident.postmortem is not None and not incident.is_open:
        return PostmortemStatus.POSTMORTEM
    return incident.status


def monitoring_since(incident: IncidentRecord) -> datetime | None:
    """Start of the latest uninterrupted monitoring phase, None without one."""
    since = None
    for update in reversed(incident.updates):
        if update.status is IncidentStatus.MONITORING:
            since = since or update.posted_at
        elif update.status is not IncidentStatus.RESOLVED:
            since = None
    return since


def last_changed_at(incident: IncidentRecord) -> datetime:
    """Time of the latest change to the incident or to an entry of its timeline."""
    return max([incident.updated_at, *(entry.updated_at for entry in incident_timeline(incident))])


def incident_timeline(incident: IncidentRecord) -> tuple[TimelineEntry, ...]:
    """The updates, newest first; the postmortem comes first once the incident is resolved."""
    entries = [
        TimelineEntry(
            id=update.id,
            status=update.status,
            body=update.body,
            at=update.posted_at,
            created_at=(created := update.created_at or update.posted_at),
            updated_at=max(created, update.edited_at or created),
            services=update.services,
            notify=update.notify,
            next_update_at=incident.next_update_at if update is incident.updates[0] else None,
            notified=update.notified,
        )
        for update in incident.updates
    ]
    if incident.postmortem is None:
        return tuple(entries)
    published_at = incident.postmortem.published_at
    postmortem = TimelineEntry(
        id=None,
        status=PostmortemStatus.POSTMORTEM,
        body=incident.postmortem.body,
        at=published_at,
        created_at=published_at,
        updated_at=max(published_at, incident.postmortem.edited_at or published_at),
        services=(),
        notify=incident.postmortem.notify,
        notified=incident.postmortem.notified,
    )
    if not incident.is_open:
        return (postmortem, *entries)
    # The incident was reopened: its newest update stays first, above the postmortem.
    earlier = sorted([postmortem, *entries[1:]], key=lambda entry: entry.at, reverse=True)
    return (*entries[:1], *earlier)


_ACTIVE = frozenset({MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING})
_PHRASES_BY_STATUS: Mapping[MaintenanceStatus, str] = {
    MaintenanceStatus.IN_PROGRESS: "maintenance.in_progress",
    MaintenanceStatus.VERIFYING: "maintenance.verifying",
    MaintenanceStatus.COMPLETED: "maintenance.completed",
    MaintenanceStatus.CANCELLED: "maintenance.cancelled",
}


def maintenance_timeline(window: MaintenanceRecord) -> tuple[TimelineEntry, ...]:
    """Timeline of a window, newest first: the plan, each change of status, updates by staff."""
    created_at = min(window.announced_at, window.starts_at)
    plan = MaintenanceStatus.SCHEDULED
    messages = [
        _Message(
            None, plan, window.body, created_at, window.updated_at, window.notify, window.notified
        )
    ]
    posted = {(each.status, each.posted_at) for each in window.updates}
    for status, at in _transitions(window):
        if (status, at) not in posted:
            body = Phrased.of(Phrase.of(_PHRASES_BY_STATUS[status]))
            messages.append(_Message(None, status, body, max(at, created_at)))
    messages += [
        _Message(
            each.id,
            each.status,
            each.body,
            each.posted_at,
            each.edited_at,
            each.notify,
            each.notified,
        )
        for each in reversed(window.updates)
    ]
    messages[1:] = sorted(messages[1:], key=lambda message: message.at)
    entries: list[TimelineEntry] = []
    for message in messages:
        former = entries[-1].status if entries else MaintenanceStatus.SCHEDULED
        entries.append(_entry(window, message, was_active=former in _ACTIVE))
    return tuple(reversed(entries))


@dataclass(frozen=True, slots=True)
class _Message:
    id: str | None
    status: MaintenanceStatus
    body: Text
    at: datetime
    changed_at: datetime | None = None
    notify: bool = True
    notified: NotifiedCount | None = None


def _transitions(window: MaintenanceRecord) -> Sequence[tuple[MaintenanceStatus, datetime]]:
    transitions: list[tuple[MaintenanceStatus, datetime]] = []
    over_at = window.over_at
    if window.status is not MaintenanceStatus.SCHEDULED and window.starts_at < over_at:
        transitions.append((MaintenanceStatus.IN_PROGRESS, window.starts_at))
    if window.verifying_at is not None and window.verifying_at < over_at and transitions:
        transitions.append((MaintenanceStatus.VERIFYING, window.verifying_at))
    if window.status in {MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED}:
        transitions.append((window.status, over_at))
    return transitions


def _entry(window: MaintenanceRecord, message: _Message, *, was_active: bool) -> TimelineEntry:
    former = ServiceStatus.UNDER_MAINTENANCE if was_active else ServiceStatus.OPERATIONAL
    status = ServiceStatus.OPERATIONAL
    if message.status in _ACTIVE:
        status = ServiceStatus.UNDER_MAINTENANCE
    return TimelineEntry(
        id=message.id,
        status=message.status,
        body=message.body,
        at=message.at,
        created_at=message.at,
        updated_at=max(message.at, message.changed_at or message.at),
        services=tuple(
            AffectedService(each.slug, each.name, status, former) for each in window.services
        ),
        notify=message.notify,
        notified=message.notified,
    )
