"""Contents of each public page, before localization and rendering, and the list of all pages.

A new page is one `*Page` class here, a reader in `app.usecases.public` and a `Surface` in
`app.web.public.surfaces`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from app.domain.certificates.incident_chains import ShownChain
from app.domain.page.appearance import Accent, PageLink
from app.domain.page.headline import Headline, headline_of
from app.domain.page.logos import Logo, LogoFacts
from app.domain.records import (
    DayOfIncidents,
    FormerWording,
    GroupRecord,
    IncidentRecord,
    MaintenanceRecord,
    ServiceRecord,
)
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.uptime import Day

__all__ = [
    "ChainPage",
    "HistoryPage",
    "IncidentPage",
    "LanguagesPage",
    "LogoPage",
    "MaintenancePage",
    "NotFoundPage",
    "OverviewPage",
    "PageFacts",
    "PageState",
    "ServicePage",
    "ShownEverywhere",
    "SiteContents",
    "ThemePage",
]


@dataclass(frozen=True, slots=True)
class ShownEverywhere:
    """What every page depends on, whatever else it shows."""

    languages: tuple[str, ...]
    default_language: str
    time_zone: str
    base_url: str


@dataclass(frozen=True, slots=True)
class PageState:
    """State of the database as visitors see it: pages of equal states have equal content."""

    page_id: str
    revision: int
    updated_at: datetime
    shown_everywhere: ShownEverywhere


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Facts that every page needs: name, base URL, languages, time zone, revision and time.

    `base_url` has no trailing slash. `languages` are the published language tags, lower case, in
    the order of the language switcher. `time_zone` is an IANA name. `revision` grows with every
    change that visitors can see. `former_texts_public` is whether visitors can read the former
    versions of edited texts. `subscribe_channels` are the kinds of channels that they can
    subscribe with. `share_pictures` is whether there are pictures for link previews, and
    `markdown_pages` whether each incident and maintenance has a page in Markdown.
    `postal_address` is at the end of mails. `unread_machine_languages` are those in which pages
    show translations of a machine that no person has read.
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
    former_texts_public: bool = True
    subscribe_channels: tuple[str, ...] = ()
    share_pictures: bool = True
    markdown_pages: bool = True
    postal_address: str | None = None
    unread_machine_languages: frozenset[str] = frozenset()

    @property
    def state(self) -> "PageState":
        """The state of the database that pages with these facts show."""
        return PageState(self.id, self.revision, self.updated_at, self.shown_everywhere)

    def shows_state_of(self, other: "PageFacts") -> bool:
        """Whether pages with these facts show what pages with the other ones would."""
        return self.state == other.state

    @property
    def shown_everywhere(self) -> "ShownEverywhere":
        """The facts that every page depends on, whatever else it shows."""
        return ShownEverywhere(self.languages, self.default_language, self.time_zone, self.base_url)

    @property
    def can_subscribe(self) -> bool:
        """Whether visitors can subscribe."""
        return bool(self.subscribe_channels)

    @property
    def has_public_address(self) -> bool:
        """Whether others can reach `base_url`: it is not the address of this machine to itself."""
        host = (urlsplit(self.base_url).hostname or "").rstrip(".")
        try:
            address = ip_address(host)
        except ValueError:
            return bool(host) and host != "localhost" and not host.endswith(".localhost")
        return not (address.is_loopback or address.is_unspecified)


@dataclass(frozen=True, slots=True)
class SiteContents:
    """Everything that has a URL: incidents by id, services by slug, months by their first day.

    `months` are all from the first one with any history to the current one, newest first.
    `maintenances` maps each id to the occurrence ids of its windows, as far as any page links to
    them; it is empty for one that does not recur. `pictures` are pairs of incident id and phase.
    `theme` is the digest of the page's own colours, None without any. `logos` are the pictures of
    the page's logo. `changed_at` has the last changes of incidents and maintenances by id.
    `languages` are those of the page.
    """

    incidents: tuple[str, ...]
    maintenances: Mapping[str, tuple[str, ...]]
    services: tuple[str, ...]
    months: tuple[date, ...]
    pictures: tuple[tuple[str, str], ...] = ()
    theme: str | None = None
    logos: tuple[LogoFacts, ...] = ()
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThemePage:
    """Stylesheet with the page's accent colour."""

    page: PageFacts
    accent: Accent


@dataclass(frozen=True, slots=True)
class LogoPage:
    """One picture file of the page's logo."""

    page: PageFacts
    content: bytes


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The first page.

    `open_incidents` are sorted by severity, then by latest update. `days` are the recent days,
    newest first, days without incidents included.
    """

    page: PageFacts
    open_incidents: tuple[IncidentRecord, ...]
    groups: tuple[GroupRecord, ...]
    maintenances: tuple[MaintenanceRecord, ...]
    days: tuple[DayOfIncidents, ...]

    @property
    def headline(self) -> Headline:
        """The worst that is going on, and what it affects."""
        services = [service for group in self.groups for service in group.services]
        return headline_of(services, self.open_incidents, self.maintenances)


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident with the certificate chains that caused it.

    `statuses` are the current statuses of the services that it names, by slug; a service that is
    no longer on the page has none. `former` are the former texts that visitors have read, newest
    first: by id of the update, and as "title" and "postmortem". `first_sign_at` is when automation
    first observed the failure, None when that was not before the incident was published.
    """

    page: PageFacts
    incident: IncidentRecord
    chains: tuple[ShownChain, ...] = ()
    statuses: Mapping[str, ServiceStatus] = field(default_factory=dict)
    former: Mapping[str, tuple[FormerWording, ...]] = field(default_factory=dict)
    first_sign_at: datetime | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainPage:
    """Picture of the certificate chain of one incident in one phase."""

    page: PageFacts
    incident: IncidentRecord
    chain: ShownChain


@dataclass(frozen=True, slots=True)
class MaintenancePage:
    """One maintenance window; if it recurs, also the next windows and the latest earlier ones.

    `former` are the former texts that visitors have read, newest first: by id of the update, and as
    "title" and "body".
    """

    page: PageFacts
    maintenance: MaintenanceRecord
    later: tuple[MaintenanceRecord, ...] = ()
    earlier: tuple[MaintenanceRecord, ...] = ()
    former: Mapping[str, tuple[FormerWording, ...]] = field(default_factory=dict)

    @property
    def maintenances(self) -> tuple[MaintenanceRecord, ...]:
        """All windows on the page."""
        return (self.maintenance, *self.later, *self.earlier)


@dataclass(frozen=True, slots=True)
class ServicePage:
    """One service, the name of its group, its open incidents and its year.

    `incidents` are the resolved ones of the last 90 days, newest first. `year` are the last 365
    days, oldest first.
    """

    page: PageFacts
    service: ServiceRecord
    group: Text | None
    incidents: tuple[IncidentRecord, ...]
    maintenances: tuple[MaintenanceRecord, ...]
    open_incidents: tuple[IncidentRecord, ...] = ()
    year: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One month, given by its first day, with the incidents that started in it, newest first.

    `earlier` and `later` are the first days of the nearest months before and after it with any
    history (`later` is at most the current month), None when there is none. `maintenances` are the
    windows that have started or were cancelled. `ongoing` is the number of incidents that started
    before the month and lasted into it. `span` is the first month with any history, and the
    current month.
    """

    page: PageFacts
    month: date
    days: tuple[DayOfIncidents, ...]
    earlier: date | None
    later: date | None
    span: tuple[date, date]
    maintenances: tuple[MaintenanceRecord, ...] = ()
    ongoing: int = 0

    @property
    def years(self) -> tuple[date, ...]:
        """For each year of the history, newest first, this month of it, or the one nearest to it
        in the history.
        """
        first, last = self.span
        years = range(last.year, first.year - 1, -1)
        return tuple(min(max(self.month.replace(year=each), first), last) for each in years)

    @property
    def months_of_year(self) -> tuple[tuple[date, bool], ...]:
        """The months of this year, and whether each is in the history."""
        first, last = self.span
        months = (self.month.replace(month=number) for number in range(1, 13))
        return tuple((each, first <= each <= last) for each in months)


@dataclass(frozen=True, slots=True)
class NotFoundPage:
    """The 404 page."""

    page: PageFacts


@dataclass(frozen=True, slots=True)
class LanguagesPage:
    """The languages of the page that match `query`, with links to `path` in each of them."""

    page: PageFacts
    query: str = ""
    path: str = "/"
