"""The records a page shows. They are the same for every language: `app.rendering` words them.

A record holds only what a visitor may see; whoever makes one has asked `app.db.queries.visibility`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.certificates.incident_chains import ShownChain
from app.domain.incidents.impact import Banner
from app.domain.localized_text import LocalizedText
from app.domain.maintenances.maintenance import MaintenanceUpdate, Window, over_at
from app.domain.maintenances.occurrences import stamp_of
from app.domain.page.appearance import Accent, PageLink
from app.domain.page.logos import Logo
from app.domain.phrases import Text
from app.domain.statuses import Impact, IncidentStatus, MaintenanceStatus, ServiceStatus
from app.domain.uptime import Day

__all__ = [
    "AffectedService",
    "ChainPage",
    "DayOfIncidents",
    "GroupRecord",
    "HistoryPage",
    "IncidentPage",
    "IncidentRecord",
    "LogoPage",
    "MaintenancePage",
    "MaintenanceRecord",
    "NotFoundPage",
    "OverviewPage",
    "PageFacts",
    "PostmortemRecord",
    "ServicePage",
    "ServiceRecord",
    "ThemePage",
    "UpdateRecord",
]


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What every page knows: whose it is, where, in which languages and zone, and when.

    `base_url` has no trailing slash. `languages` are the published tags, lower case, in the order
    of the switcher. `time_zone` is an IANA name. `revision` grows with every visible change.
    """

    id: str
    name: LocalizedText
    base_url: str
    time_zone: str
    default_language: str
    languages: tuple[str, ...]
    revision: int
    updated_at: datetime
    now: datetime
    accent: Accent | None = None
    links: tuple[PageLink, ...] = ()
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class ThemePage:
    """The colours of the page, for its stylesheet."""

    page: PageFacts
    accent: Accent


@dataclass(frozen=True, slots=True)
class LogoPage:
    """A picture of the page's logo, for its address."""

    page: PageFacts
    content: bytes


@dataclass(frozen=True, slots=True)
class AffectedService:
    """A service named by an incident or one of its updates, and the status that one gives it.

    `former` is the incident's word on it before this update (None at its first mention).
    """

    slug: str
    name: Text
    status: ServiceStatus
    former: ServiceStatus | None = None


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """One dated message of an incident. `edited_at` is set when its text was changed later.

    `created_at` is when it was written, None when that is `posted_at`; `notify` tells whether
    subscribers were told.
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


@dataclass(frozen=True, slots=True)
class PostmortemRecord:
    """The published account after an incident; `notify` as in UpdateRecord."""

    body: Text
    published_at: datetime
    edited_at: datetime | None
    notify: bool = True


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident with its updates, newest first, and every service it ever named.

    `services` carry the latest word on each; after the end that is `operational`, so `worst_of`
    a service is what its most severe update said. `resolved_at` is None while it is open.
    `pictures` are the phases of which the page has a picture of the certificates.
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

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.status is not IncidentStatus.RESOLVED


@dataclass(frozen=True, slots=True)
class MaintenanceRecord:
    """One planned window with its services and its updates, newest first.

    A maintenance that recurs has a record for each of its windows: `recurs_at` is when the rule
    lets it begin, whatever staff changed, and `series` the id that they share. `announced_at` is
    when visitors first read of it; `notify` tells whether subscribers were told of the plan.
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

    @property
    def path(self) -> str:
        """Where it is read, without a language."""
        if self.recurs_at is None:
            return f"/maintenances/{self.id}"
        return f"/maintenances/{self.series}/{stamp_of(self.recurs_at)}"

    @property
    def over_at(self) -> datetime:
        """When it is over, as far as is known."""
        return over_at(Window(self.starts_at, self.ends_at, self.cancelled_at, self.completed_at))


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A service as visitors see it now, with its last 90 days, oldest first.

    `uptime` is the share of known time without an outage, 0.0 to 1.0, None when nothing is known.
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
    """A named set of services; `name` is None for the services that stand in no group."""

    name: Text | None
    status: ServiceStatus
    services: tuple[ServiceRecord, ...]


@dataclass(frozen=True, slots=True)
class DayOfIncidents:
    """A day in the page's zone and the incidents that began on it, newest first."""

    on: date
    incidents: tuple[IncidentRecord, ...]


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The first page. `days` are the recent days, newest first, quiet ones included."""

    page: PageFacts
    banner: Banner
    open_incidents: tuple[IncidentRecord, ...]
    groups: tuple[GroupRecord, ...]
    maintenances: tuple[MaintenanceRecord, ...]
    days: tuple[DayOfIncidents, ...]


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident, and the certificates that it was about."""

    page: PageFacts
    incident: IncidentRecord
    chains: tuple[ShownChain, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainPage:
    """The picture of the certificates of one incident in one phase."""

    page: PageFacts
    incident: IncidentRecord
    chain: ShownChain


@dataclass(frozen=True, slots=True)
class MaintenancePage:
    """One planned window; if it recurs, the next others and the latest before it as well."""

    page: PageFacts
    maintenance: MaintenanceRecord
    later: tuple[MaintenanceRecord, ...] = ()
    earlier: tuple[MaintenanceRecord, ...] = ()

    @property
    def maintenances(self) -> tuple[MaintenanceRecord, ...]:
        """Every window that it tells of."""
        return (self.maintenance, *self.later, *self.earlier)


@dataclass(frozen=True, slots=True)
class ServicePage:
    """One service, its group's name, its incidents of the last 90 days, newest first."""

    page: PageFacts
    service: ServiceRecord
    group: Text | None
    incidents: tuple[IncidentRecord, ...]
    maintenances: tuple[MaintenanceRecord, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One month, its first day as `month`, with what began in it, newest first.

    `earlier` and `later` are the first days of the nearest months before and after it in which
    something began (`later` is at most the current month), None at the ends. `maintenances` are the
    windows that have begun or were called off.
    """

    page: PageFacts
    month: date
    days: tuple[DayOfIncidents, ...]
    earlier: date | None
    later: date | None
    maintenances: tuple[MaintenanceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFoundPage:
    """What someone sees who asked for nothing we have, in the language that was negotiated."""

    page: PageFacts
