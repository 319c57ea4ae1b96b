"""Reader of the page listing, for feeds, calendars, badges and Statuspage's API.

Only what visitors may see is read: queries go through `app.db.queries.visibility`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.db.queries import audit, maintenances, services
from app.db.queries.incidents import incidents
from app.db.tables import IncidentRow, MaintenanceRow, ServiceGroupRow, ServiceRow
from app.domain.errors import NotFoundError
from app.domain.incidents.impact import banner_of
from app.domain.maintenances.maintenance import OVER
from app.domain.maintenances.occurrences import parse_occurrence_id
from app.domain.page.listing import (
    MOST_RECENT,
    ListedGroup,
    ListedService,
    MaintenanceSeries,
    PageListing,
)
from app.domain.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import worst
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import RecordMaker, maintenance_records
from app.usecases.maintenances.recurrence import without_count
from app.usecases.maintenances.schedule import Planned, plans_of, rule_window_of, zone_of
from app.usecases.public.current_status import CurrentStatuses
from app.usecases.public.pages import facts

__all__ = ["listing", "permalink", "service_listing"]


def listing(ctx: Ctx, base_url: str = "") -> PageListing:
    """The listing of the whole page."""
    return _listing(ctx, base_url, None)


def service_listing(ctx: Ctx, slug: str, base_url: str = "") -> PageListing:
    """The listing of one service. Raises NotFoundError."""
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    return _listing(ctx, base_url, row)


def permalink(ctx: Ctx, public_id: str, occurrence: str | None = None) -> str:
    """URL path of the incident or maintenance with this id. Raises NotFoundError."""
    if is_public_id(public_id):
        incident = incidents.visible_incident(ctx.session, public_id, ctx.now)
        if incident is not None and occurrence is None:
            return f"/incidents/{public_id}"
        row = maintenances.visible_maintenance(ctx.session, public_id, ctx.now)
        if row is not None and (occurrence is None or _has_window(ctx, row, occurrence)):
            return f"/maintenances/{public_id}" + (f"/{occurrence}" if occurrence else "")
    raise NotFoundError("There is nothing at this URL.")


def _has_window(ctx: Ctx, row: MaintenanceRow, occurrence: str) -> bool:
    (planned,) = plans_of(ctx, [row])
    recurs_at = parse_occurrence_id(occurrence)
    return planned.plan.recurs and recurs_at is not None and planned.plan.has(recurs_at)


def _listing(ctx: Ctx, base_url: str, service: ServiceRow | None) -> PageListing:
    service_id = None if service is None else service.id
    current = _CurrentServices.read(ctx)
    recent = incidents.visible_incidents(
        ctx.session, ctx.now, naming_service=service_id, limit=MOST_RECENT
    )
    unresolved = incidents.visible_open_incidents(ctx.session, ctx.now, naming_service=service_id)
    maintenance_rows = maintenances.visible_windows(
        ctx.session, ctx.now, limit=MOST_RECENT, of_service=service_id
    )
    records = {
        record.id: record for record in incident_records(ctx, _distinct([*recent, *unresolved]))
    }
    windows = _windows(ctx, maintenance_rows)
    open_incidents = tuple(records[row.public_id] for row in unresolved)
    concerned = current.services if service is None else [current.with_slug(service.slug)]
    return PageListing(
        page=facts(ctx, base_url),
        banner=banner_of(
            [each.status for each in concerned],
            open_impacts=[each.impact for each in open_incidents],
        ),
        groups=tuple(current.groups),
        services=tuple(current.services),
        archived=_archived(ctx, current, records.values(), windows),
        open_incidents=open_incidents,
        incidents=tuple(records[row.public_id] for row in recent),
        maintenances=windows,
        changes=_count_changes(ctx, [*records, *(row.public_id for row in maintenance_rows)]),
        service=None if service is None else service.slug,
        series=_series(ctx, maintenance_rows),
    )


def _distinct(rows: Sequence[IncidentRow]) -> Sequence[IncidentRow]:
    return list({row.id: row for row in rows}.values())


def _count_changes(ctx: Ctx, ids: Iterable[str]) -> dict[str, int]:
    """Number of public changes by id: the audit entries after the one of its creation."""
    counts = audit.count_public_entries(ctx.session, ids)
    return {each: count - 1 for each, count in counts.items()}


def _windows(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceRecord, ...]:
    """All windows that are not over and the most recent of those that are, newest first."""
    windows = sorted(maintenance_records(ctx, rows), key=lambda each: each.starts_at, reverse=True)
    over = [each for each in windows if each.status in OVER]
    recent = {each.id for each in over[:MOST_RECENT]}
    return tuple(each for each in windows if each.status not in OVER or each.id in recent)


def _series(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceSeries, ...]:
    recurring = [row for row in rows if row.recurrence is not None]
    if not recurring:
        return ()
    maker, zone = RecordMaker.of(ctx, recurring), zone_of(ctx)
    return tuple(_one_series(maker, planned, zone) for planned in plans_of(ctx, recurring))


def _one_series(maker: RecordMaker, planned: Planned, zone: ZoneInfo) -> MaintenanceSeries:
    row, plan = planned.row, planned.plan
    by_start = {each.starts_at: each for each in planned.recurrence_set.windows}
    changed = {each: maker.record(planned, plan.at(each)) for each in sorted(plan.changed)}
    rule = row.recurrence or ""
    has_begun = any(each <= (plan.cancelled_at or each) for each in plan.starts[:1])
    if plan.cancelled_at is not None and has_begun:
        # Past windows stay in the calendar; the rule ends with the cancellation.
        rule = without_count(rule, until=plan.cancelled_at)
    shifted = [each for each in _shifted(planned, ended=has_begun) if each not in changed]
    return MaintenanceSeries(
        id=row.public_id,
        title=row.title,
        body=row.body,
        first=rule_window_of(row, zone),
        recurrence=rule,
        created_at=row.published_at or row.created_at,
        updated_at=max([row.updated_at, *(each.updated_at for each in planned.changed)]),
        is_cancelled=plan.cancelled_at is not None and not has_begun,
        is_empty=not plan.starts,
        shifted=tuple(maker.record(planned, plan.at(each)) for each in shifted),
        changed=tuple(record for start, record in changed.items() if start in by_start),
        local_starts={
            each: by_start[each].local.start for each in (*shifted, *changed) if each in by_start
        },
        apart=tuple(record for start, record in changed.items() if start not in by_start),
    )


def _shifted(planned: Planned, *, ended: bool) -> list[datetime]:
    """Starts of the windows that a reader of the rule could understand in another way."""
    cancelled_at = planned.plan.cancelled_at if ended else None
    return [
        each.starts_at
        for each in planned.recurrence_set.windows
        if not each.is_regular and (cancelled_at is None or each.starts_at <= cancelled_at)
    ]


@dataclass(frozen=True, slots=True)
class _CurrentServices:
    """The services and groups of the page with their current status."""

    services: list[ListedService]
    groups: list[ListedGroup]

    @classmethod
    def read(cls, ctx: Ctx) -> "_CurrentServices":
        rows = services.list_services(ctx.session)
        maker = _ListedServiceMaker.read(ctx)
        ungrouped = [row for row in rows if row.group_id is None]
        listed = maker.listed(ungrouped, None)
        groups: list[ListedGroup] = []
        for group in services.list_groups(ctx.session):
            members = maker.listed([row for row in rows if row.group_id == group.id], group)
            if members:
                position = len(ungrouped) + len(groups) + 1
                groups.append(_listed_group(group, members, position))
                listed += members
        return cls(listed, groups)

    def with_slug(self, slug: str) -> ListedService:
        return next(each for each in self.services if each.slug == slug)


def _listed_group(
    row: ServiceGroupRow, members: Sequence[ListedService], position: int
) -> ListedGroup:
    return ListedGroup(
        id=row.public_id,
        name=row.name,
        status=worst(each.status for each in members),
        position=position,
        services=tuple(each.id for each in members),
        created_at=row.created_at,
        updated_at=max(row.created_at, *(each.updated_at for each in members)),
    )


@dataclass(frozen=True, slots=True)
class _ListedServiceMaker:
    """Makes ListedService records; `changed_at` is each service's last change of status."""

    statuses: CurrentStatuses
    changed_at: Mapping[int, datetime]

    @classmethod
    def read(cls, ctx: Ctx) -> "_ListedServiceMaker":
        return cls(CurrentStatuses.read(ctx), services.last_changes(ctx.session))

    def listed(
        self, rows: Sequence[ServiceRow], group: ServiceGroupRow | None
    ) -> list[ListedService]:
        """The records of these services, with positions from 1."""
        return [self._record(row, group, position) for position, row in enumerate(rows, 1)]

    def _record(
        self, row: ServiceRow, group: ServiceGroupRow | None, position: int
    ) -> ListedService:
        service_id = row.id or 0
        return ListedService(
            id=row.public_id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=self.statuses.of(service_id),
            position=position,
            group_id=None if group is None else group.public_id,
            known_since=row.known_since,
            created_at=row.created_at,
            updated_at=max(row.updated_at, self.changed_at.get(service_id, row.updated_at)),
        )


def _archived(
    ctx: Ctx,
    current: _CurrentServices,
    shown_incidents: Iterable[IncidentRecord],
    windows: Iterable[MaintenanceRecord],
) -> tuple[ListedService, ...]:
    named = {each.slug for incident in shown_incidents for each in incident.services}
    named |= {each.slug for window in windows for each in window.services}
    archived = sorted(named - {each.slug for each in current.services})
    rows = services.find_services(ctx.session, archived) if archived else {}
    maker = _ListedServiceMaker.read(ctx)
    return tuple(maker.listed([rows[slug] for slug in archived if slug in rows], None))
