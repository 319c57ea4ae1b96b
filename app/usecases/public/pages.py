"""Readers of the public pages: overview, incident, service, chain, theme and logo.

Only what visitors may see is read: queries go through `app.db.queries.visibility`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import incidents, page, services
from app.db.tables import ServiceRow
from app.domain.errors import NotFoundError
from app.domain.incidents.impact import banner_of
from app.domain.page.logos import PictureKind
from app.domain.page.pages import (
    ChainPage,
    IncidentPage,
    LogoPage,
    OverviewPage,
    PageFacts,
    ServicePage,
    ThemePage,
)
from app.domain.phrases import Text
from app.domain.records import DayOfIncidents, GroupRecord, IncidentRecord, ServiceRecord
from app.domain.statuses import ServiceStatus, worst
from app.domain.uptime import Interval, days_of, uptime_of
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx, required
from app.usecases.incidents.certificates import shown_chains, with_pictures
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import waiting_windows
from app.usecases.page.appearance import accent_of, links_of
from app.usecases.page.logo import logo_bytes, logo_of
from app.usecases.public.current_status import CurrentStatuses

__all__ = [
    "BAR_DAYS",
    "RECENT_DAYS",
    "by_day",
    "chain",
    "facts",
    "incident",
    "logo",
    "midnight",
    "overview",
    "service",
    "theme",
    "today",
]

BAR_DAYS = 90
RECENT_DAYS = 7


def facts(ctx: Ctx, base_url: str = "") -> PageFacts:
    """Facts that every page needs. `base_url` has no trailing slash."""
    row = page.read_page(ctx.session)
    revision, changed_at = page.read_revision(ctx.session)
    return PageFacts(
        id=row.public_id,
        name=row.name,
        base_url=base_url,
        time_zone=row.time_zone,
        default_language=row.default_language,
        languages=tuple(row.languages),
        revision=revision,
        updated_at=changed_at,
        now=ctx.now,
        accent=accent_of(row),
        links=links_of(row),
        logo=logo_of(ctx, contains_name=row.logo_contains_name),
    )


def theme(ctx: Ctx, digest: str, base_url: str = "") -> ThemePage:
    """The page's accent colour, for its stylesheet.

    Raises NotFoundError when `digest` is not that of the current colour.
    """
    about = facts(ctx, base_url)
    if about.accent is None or about.accent.digest != digest:
        raise NotFoundError("There is no such stylesheet.")
    return ThemePage(about, about.accent)


def logo(ctx: Ctx, kind: PictureKind, digest: str, base_url: str = "") -> LogoPage:
    """A picture of the page's logo. Raises NotFoundError when it is not the current one."""
    return LogoPage(facts(ctx, base_url), logo_bytes(ctx, kind, digest))


def overview(ctx: Ctx, base_url: str = "") -> OverviewPage:
    """The first page: open incidents, services, maintenance windows and the recent days."""
    about = facts(ctx, base_url)
    zone = ZoneInfo(about.time_zone)
    days = [today(about, zone) - timedelta(days=ago) for ago in range(RECENT_DAYS)]
    begun_since = midnight(days[-1], zone)
    # Services are loaded first: later lookups of a service find it in the session.
    service_rows = services.list_services(ctx.session)
    windows = waiting_windows(ctx)
    rows = incidents.visible_incidents(ctx.session, ctx.now, open_or_since=begun_since)
    shown = with_pictures(ctx, rows, incident_records(ctx, rows))
    open_incidents = tuple(each for each in shown if each.is_open)
    records = _service_records(ctx, service_rows, about)
    return OverviewPage(
        page=about,
        banner=banner_of(
            [record.status for record in records.values()],
            open_impacts=[each.impact for each in open_incidents],
        ),
        open_incidents=open_incidents,
        groups=_groups(ctx, service_rows, records),
        maintenances=windows,
        days=by_day(shown, days, zone),
    )


def incident(ctx: Ctx, public_id: str, base_url: str = "") -> IncidentPage:
    """One incident.

    Raises NotFoundError, also for a draft: an id must not reveal that it exists.
    """
    row = None
    if is_public_id(public_id):
        row = incidents.visible_incident(ctx.session, public_id, ctx.now)
    row = required(row, "There is no such incident.", code="incident_not_found")
    (record,) = with_pictures(ctx, [row], incident_records(ctx, [row]))
    return IncidentPage(facts(ctx, base_url), record, shown_chains(ctx, row, record))


def chain(ctx: Ctx, public_id: str, phase: str, base_url: str = "") -> ChainPage:
    """The certificate chain of an incident in one phase. Raises NotFoundError."""
    whole = incident(ctx, public_id, base_url)
    for shown in whole.chains:
        if shown.phase == phase:
            return ChainPage(whole.page, whole.incident, shown)
    raise NotFoundError("There is no such picture.", code="picture_not_found")


def service(ctx: Ctx, slug: str, base_url: str = "") -> ServicePage:
    """One service with the incidents of its last 90 days. Raises NotFoundError."""
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.id is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    about = facts(ctx, base_url)
    since = ctx.now - timedelta(days=BAR_DAYS)
    rows = incidents.visible_incidents(
        ctx.session, ctx.now, open_or_since=since, naming_service=row.id
    )
    group = next(
        (each for each in services.list_groups(ctx.session) if each.id == row.group_id), None
    )
    windows = waiting_windows(ctx)
    return ServicePage(
        page=about,
        service=_service_records(ctx, [row], about)[row.id],
        group=group.name if group else None,
        incidents=incident_records(ctx, rows),
        maintenances=tuple(
            window for window in windows if slug in {each.slug for each in window.services}
        ),
    )


def _service_records(
    ctx: Ctx, rows: Sequence[ServiceRow], about: PageFacts
) -> dict[int, ServiceRecord]:
    zone = ZoneInfo(about.time_zone)
    last = today(about, zone)
    first = last - timedelta(days=BAR_DAYS - 1)
    only_service = rows[0].id if len(rows) == 1 else None
    intervals = _intervals_since(ctx, midnight(first, zone), only_service)
    statuses = CurrentStatuses.read(ctx)
    records = {}
    for row in rows:
        service_id = row.id or 0
        days = days_of(
            intervals.get(service_id, ()),
            first=first,
            last=last,
            zone=zone,
            known_since=row.known_since,
            now=ctx.now,
        )
        records[service_id] = ServiceRecord(
            id=row.public_id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=statuses.of(service_id),
            days=days,
            uptime=uptime_of(days),
        )
    return records


def _intervals_since(
    ctx: Ctx, since: datetime, only_service: int | None
) -> Mapping[int, Sequence[Interval]]:
    found: dict[int, list[Interval]] = {}
    for service_id, status, started_at, ended_at in services.intervals_since(
        ctx.session, since, service_id=only_service
    ):
        interval = Interval(ServiceStatus(status), started_at, ended_at)
        found.setdefault(service_id, []).append(interval)
    return found


def _groups(
    ctx: Ctx, rows: Sequence[ServiceRow], records: Mapping[int, ServiceRecord]
) -> tuple[GroupRecord, ...]:
    grouped = any(row.group_id is not None for row in rows)
    groups = services.list_groups(ctx.session) if grouped else ()
    names: dict[int | None, Text | None] = {group.id: group.name for group in groups}
    names[None] = None  # services without a group come last
    members: dict[int | None, list[ServiceRecord]] = {group: [] for group in names}
    for row in rows:
        members[row.group_id].append(records[row.id or 0])
    return tuple(
        GroupRecord(names[group], worst(each.status for each in listed), tuple(listed))
        for group, listed in members.items()
        if listed
    )


def by_day(
    shown: Iterable[IncidentRecord], days: Sequence[date], zone: ZoneInfo
) -> tuple[DayOfIncidents, ...]:
    """The given days, each with the incidents that started on it in this time zone."""
    by_date: dict[date, list[IncidentRecord]] = {day: [] for day in days}
    for each in shown:
        by_date.get(each.started_at.astimezone(zone).date(), []).append(each)
    return tuple(DayOfIncidents(day, tuple(started)) for day, started in by_date.items())


def today(about: PageFacts, zone: ZoneInfo) -> date:
    """The current date in the page's time zone."""
    return about.now.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Start of the day in this time zone, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
