"""Records of services, incidents and maintenances, as visitors may see them.

Records are independent of the language: `app.rendering` localizes them. A record holds public data
only; the code that makes one has applied the rules of `app.db.queries.visibility`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.maintenances.maintenance import MaintenanceUpdate, Window, over_at
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.notifications.notified import NotifiedCount
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.texts.phrases import Text
from app.domain.uptime import Day

__all__ = [
    "AffectedService",
    "DayOfIncidents",
    "FormerWording",
    "GroupRecord",
    "IncidentRecord",
    "MaintenanceRecord",
    "PostmortemRecord",
    "ServiceRecord",
    "UpdateRecord",
]


@dataclass(frozen=True, slots=True)
class AffectedService:
    """Service named by an incident or by one of its updates, with the status given to it there.

    `former` is the status that the incident gave it before this update, None at its first mention.
    """

    slug: str
    name: Text
    status: ServiceStatus
    former: ServiceStatus | None = None


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """One dated message of an incident.

    `edited_at` is set when the text was changed after posting. `created_at` is the time of writing,
    None when it equals `posted_at`. `notify` states whether subscribers were notified.
    `next_update_at` is the promised time of the next update, None without a promise. `notified` is
    None while deliveries are on the way, and on a page that does not show it.
    """

    id: str
    status: IncidentStatus
    body: Text
    posted_at: datetime
    edited_at: datetime | None
    services: tuple[AffectedService, ...]
    automatic: bool
    created_at: datetime | None = None
    notify: bool = True
    next_update_at: datetime | None = None
    notified: NotifiedCount | None = None


@dataclass(frozen=True, slots=True)
class FormerWording:
    """Former version of an edited text, valid from `written_at` until `replaced_at`."""

    body: Text
    written_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class PostmortemRecord:
    """Published postmortem of an incident. `notify` states whether subscribers were notified.

    `notified` is None while deliveries are on the way, and on a page that does not show it.
    """

    body: Text
    published_at: datetime
    edited_at: datetime | None
    notify: bool = True
    notified: NotifiedCount | None = None


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident with its updates, newest first, and every service that it ever affected.

    `services` have the status of the latest update that named them: `operational` once the incident
    is resolved, so the worst status of a service has to be read from the updates. `resolved_at` is
    None while the incident is open. `edited_at` is when its start was corrected or an update was
    removed. `pictures` are the phases for which the page has a picture of
    the certificates.
    """

    id: str
    title: Text
    status: IncidentStatus
    impact: Impact
    started_at: datetime
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    updates: tuple[UpdateRecord, ...]
    services: tuple[AffectedService, ...]
    postmortem: PostmortemRecord | None
    automatic: bool
    pictures: tuple[str, ...] = ()
    edited_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the incident is not resolved."""
        return self.status is not IncidentStatus.RESOLVED

    @property
    def next_update_at(self) -> datetime | None:
        """The time of the next update that the latest one promises, None once it is resolved."""
        return self.updates[0].next_update_at if self.is_open and self.updates else None


@dataclass(frozen=True, slots=True)
class MaintenanceRecord:
    """One maintenance window with its services and its updates, newest first.

    A recurring maintenance has one record per window: `recurs_at` is the start that the recurrence
    rule gives, before any change by staff, and `series` the id shared by all its windows.
    `announced_at` is when visitors could first read about the window; `edited_at` is when an update
    was removed; `notify` states whether subscribers were notified of the plan, `notified` how many
    were, None while deliveries are on the way and on a page that does not show it.
    """

    id: str
    title: Text
    body: Text
    status: MaintenanceStatus
    starts_at: datetime
    ends_at: datetime
    services: tuple[AffectedService, ...]
    announced_at: datetime
    updated_at: datetime
    verifying_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    updates: tuple[MaintenanceUpdate, ...] = ()
    recurs_at: datetime | None = None
    series: str | None = None
    notify: bool = True
    edited_at: datetime | None = None
    notified: NotifiedCount | None = None

    @property
    def path(self) -> str:
        """URL path of the window's page, without a language prefix."""
        if self.recurs_at is None:
            return f"/maintenances/{self.id}"
        return f"/maintenances/{self.series}/{occurrence_id(self.recurs_at)}"

    @property
    def over_at(self) -> datetime:
        """End of the window as far as is known: cancelled, completed or planned."""
        return over_at(Window(self.starts_at, self.ends_at, self.cancelled_at, self.completed_at))


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A service with its current status and its last 90 days, oldest first.

    `uptime` is the share of known time without an outage, 0.0 to 1.0, None while less than 30 days
    are known.
    """

    id: str
    slug: str
    name: Text
    description: Text | None
    status: ServiceStatus
    days: tuple[Day, ...]
    uptime: float | None


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A service group with its services; `name` is None for the services without a group."""

    name: Text | None
    status: ServiceStatus
    services: tuple[ServiceRecord, ...]
    slug: str = ""

    @property
    def size(self) -> int:
        """The number of services."""
        return len(self.services)


@dataclass(frozen=True, slots=True)
class DayOfIncidents:
    """A day in the page's time zone and the incidents that started on it, newest first.

    `ongoing` is the number of incidents that started before this day and lasted into it.
    """

    on: date
    incidents: tuple[IncidentRecord, ...]
    ongoing: int = 0
