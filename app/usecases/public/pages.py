"""Readers of the public pages: overview, incident, service, chain, theme and logo.

Only what visitors may see is read: queries go through `app.db.queries.visibility`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.db.queries import services
from app.db.queries.incidents import incidents
from app.db.queries.page.page_facts import read_facts
from app.db.tables import ServiceRow
from app.domain.errors import NotFoundError
from app.domain.page.headline import worst_first
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
from app.domain.records import DayOfIncidents, GroupRecord, IncidentRecord, ServiceRecord
from app.domain.statuses import ServiceStatus, worst
from app.domain.texts.phrases import Text
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx, required
from app.usecases.incidents.certificates import shown_chains, with_pictures
from app.usecases.incidents.first_signs import signs_before_publication
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import waiting_windows
from app.usecases.page.appearance import accent_of, links_of
from app.usecases.page.logo import logo_bytes, logo_of
from app.usecases.public.current_status import CurrentStatuses
from app.usecases.public.former_wordings import former_wordings
from app.usecases.public.service_records import (
    BAR_DAYS,
    incidents_of_days,
    midnight,
    service_records,
    today,
    uptime_days,
)

__all__ = [
    "RECENT_DAYS",
    "YEAR_DAYS",
    "by_day",
    "chain",
    "facts",
    "incident",
    "logo",
    "overview",
    "service",
    "theme",
]

RECENT_DAYS = 7
YEAR_DAYS = 365


def facts(ctx: Ctx, base_url: str = "") -> PageFacts:
    """Facts that every page needs. `base_url` has no trailing slash."""
    stored = read_facts(ctx.session)
    row = stored.page
    return PageFacts(
        id=row.public_id,
        name=row.name,
        base_url=base_url,
        time_zone=row.time_zone,
        default_language=row.default_language,
        languages=tuple(row.languages),
        revision=stored.revision,
        updated_at=stored.changed_at,
        now=ctx.now,
        accent=accent_of(row),
        links=links_of(row),
        former_texts_public=row.former_texts_public,
        logo=logo_of(stored.logos, contains_name=row.logo_contains_name),
        subscribe_channels=tuple(stored.channels),
        postal_address=row.postal_address,
        unread_machine_languages=frozenset(row.unread_machine_languages or ()),
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
    lasting = incidents_of_days(ctx, about, BAR_DAYS)
    rows = [
        row
        for row in lasting
        if row.is_open or (row.resolved_at is not None and row.resolved_at >= begun_since)
    ]
    shown = with_pictures(ctx, rows, incident_records(ctx, rows))
    days_by_service = uptime_days(ctx, service_rows, about, BAR_DAYS, lasting)
    records = service_records(ctx, service_rows, days_by_service)
    return OverviewPage(
        page=about,
        open_incidents=worst_first(each for each in shown if each.is_open),
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
    about = facts(ctx, base_url)
    return IncidentPage(
        about,
        record,
        shown_chains(ctx, row, record),
        _current_statuses(ctx, [each.slug for each in record.services]),
        former_wordings(ctx, row, record) if about.former_texts_public else {},
        signs_before_publication(ctx, [row]).get(row.id or 0),
        row.published_at,
    )


def _current_statuses(ctx: Ctx, slugs: Sequence[str]) -> dict[str, ServiceStatus]:
    """The current status of the services with these slugs that are on the page."""
    rows = services.find_services(ctx.session, slugs) if slugs else {}
    current = CurrentStatuses.read(ctx)
    return {slug: current.of(row.id or 0) for slug, row in rows.items() if row.archived_at is None}


def chain(ctx: Ctx, public_id: str, phase: str, base_url: str = "") -> ChainPage:
    """The certificate chain of an incident in one phase. Raises NotFoundError."""
    whole = incident(ctx, public_id, base_url)
    for shown in whole.chains:
        if shown.phase == phase:
            return ChainPage(whole.page, whole.incident, shown)
    raise NotFoundError("There is no such picture.", code="picture_not_found")


def service(ctx: Ctx, slug: str, base_url: str = "") -> ServicePage:
    """One service with its last year and the incidents of 90 days. Raises NotFoundError."""
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.id is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    about = facts(ctx, base_url)
    since = ctx.now - timedelta(days=BAR_DAYS)
    rows = incidents.visible_incidents(
        ctx.session, ctx.now, lasting_since=since, naming_service=row.id
    )
    group = next(
        (each for each in services.list_groups(ctx.session) if each.id == row.group_id), None
    )
    windows = waiting_windows(ctx)
    shown = incident_records(ctx, rows)
    year = uptime_days(ctx, [row], about, YEAR_DAYS)[row.id]
    record = service_records(ctx, [row], {row.id: year[-BAR_DAYS:]})[row.id]
    return ServicePage(
        page=about,
        service=record,
        group=group.name if group else None,
        incidents=tuple(each for each in shown if not each.is_open),
        maintenances=tuple(
            window for window in windows if slug in {each.slug for each in window.services}
        ),
        open_incidents=worst_first(each for each in shown if each.is_open),
        year=year,
    )


def _groups(
    ctx: Ctx, rows: Sequence[ServiceRow], records: Mapping[int, ServiceRecord]
) -> tuple[GroupRecord, ...]:
    grouped = any(row.group_id is not None for row in rows)
    groups = services.list_groups(ctx.session) if grouped else ()
    names: dict[int | None, Text | None] = {group.id: group.name for group in groups}
    names[None] = None  # services without a group come last
    slugs: dict[int | None, str] = {group.id: group.slug for group in groups}
    members: dict[int | None, list[ServiceRecord]] = {group: [] for group in names}
    for row in rows:
        members[row.group_id].append(records[row.id or 0])
    return tuple(
        GroupRecord(
            names[group],
            worst(each.status for each in listed),
            tuple(listed),
            slugs.get(group, ""),
        )
        for group, listed in members.items()
        if listed
    )


def by_day(
    shown: Iterable[IncidentRecord], days: Sequence[date], zone: ZoneInfo
) -> tuple[DayOfIncidents, ...]:
    """The given days in this time zone, each with the incidents that started on it.

    Each day also counts the given incidents that started before it and lasted into it.
    """
    by_date: dict[date, list[IncidentRecord]] = {day: [] for day in days}
    spans = []
    for each in shown:
        began_on = each.started_at.astimezone(zone).date()
        by_date.get(began_on, []).append(each)
        ended_on = each.resolved_at.astimezone(zone).date() if each.resolved_at else date.max
        spans.append((began_on, ended_on))
    return tuple(
        DayOfIncidents(day, tuple(started), sum(begun < day <= end for begun, end in spans))
        for day, started in by_date.items()
    )
