"""The records that programs read. Whatever a visitor may not see never gets into one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.queries import audit, incidents, maintenances, services
from app.db.tables import IncidentRow, MaintenanceRow, ServiceGroupRow, ServiceRow
from app.domain.errors import NotFoundError
from app.domain.incidents.impact import banner_of
from app.domain.maintenances.maintenance import OVER, service_status
from app.domain.maintenances.occurrences import parse_stamp
from app.domain.page.listing import ListedGroup, ListedService, MaintenanceSeries, PageListing
from app.domain.page.records import IncidentRecord, MaintenanceRecord
from app.domain.statuses import ServiceStatus, worst
from app.domain.validation import is_public_id, is_slug
from app.usecases.context import Ctx
from app.usecases.incidents.records import incident_records
from app.usecases.maintenances.records import RecordMaker, maintenance_records
from app.usecases.maintenances.recurrence import without_count
from app.usecases.maintenances.schedule import Planned, plans_of, services_in_window
from app.usecases.public.pages import facts

__all__ = ["MOST_RECENT", "listing", "permalink", "service_listing"]

# Statuspage's readers expect this many, and feeds need no more.
MOST_RECENT = 50


def listing(ctx: Ctx, base_url: str = "") -> PageListing:
    """Everything programs read of the page."""
    return _listing(ctx, base_url, None)


def service_listing(ctx: Ctx, slug: str, base_url: str = "") -> PageListing:
    """What programs read of one service. Raises NotFoundError."""
    row = services.find_services(ctx.session, [slug] if is_slug(slug) else []).get(slug)
    if row is None or row.archived_at is not None:
        raise NotFoundError("There is no such service.", code="service_not_found")
    return _listing(ctx, base_url, row)


def permalink(ctx: Ctx, public_id: str, occurrence: str | None = None) -> str:
    """Where the incident or maintenance with this id is read. Raises NotFoundError."""
    if is_public_id(public_id):
        incident = incidents.visible_incident(ctx.session, public_id, ctx.now)
        if incident is not None and occurrence is None:
            return f"/incidents/{public_id}"
        row = maintenances.visible_maintenance(ctx.session, public_id, ctx.now)
        if row is not None and (occurrence is None or _has(ctx, row, occurrence)):
            return f"/maintenances/{public_id}" + (f"/{occurrence}" if occurrence else "")
    raise NotFoundError("There is nothing at this address.")


def _has(ctx: Ctx, row: MaintenanceRow, occurrence: str) -> bool:
    (planned,) = plans_of(ctx, [row])
    recurs_at = parse_stamp(occurrence)
    return planned.plan.recurs and recurs_at is not None and planned.plan.has(recurs_at)


def _listing(ctx: Ctx, base_url: str, about: ServiceRow | None) -> PageListing:
    number = None if about is None else about.id
    board = _Board.of(ctx)
    recent = incidents.visible_incidents(
        ctx.session, ctx.now, naming_service=number, limit=MOST_RECENT
    )
    standing = incidents.visible_open_incidents(ctx.session, ctx.now, naming_service=number)
    windows = maintenances.visible_windows(
        ctx.session, ctx.now, limit=MOST_RECENT, of_service=number
    )
    known = {record.id: record for record in incident_records(ctx, _once([*recent, *standing]))}
    planned = _windows(ctx, windows)
    open_incidents = tuple(known[row.public_id] for row in standing)
    told = board.services if about is None else [board.of_slug(about.slug)]
    return PageListing(
        page=facts(ctx, base_url),
        banner=banner_of(
            [each.status for each in told], open_impacts=[each.impact for each in open_incidents]
        ),
        groups=tuple(board.groups),
        services=tuple(board.services),
        archived=_archived(ctx, board, known.values(), planned),
        open_incidents=open_incidents,
        incidents=tuple(known[row.public_id] for row in recent),
        maintenances=planned,
        changes=_changes(ctx, [*known, *(row.public_id for row in windows)]),
        service=None if about is None else about.slug,
        series=_series(ctx, windows),
    )


def _once(rows: Sequence[IncidentRow]) -> Sequence[IncidentRow]:
    return list({row.id: row for row in rows}.values())


def _changes(ctx: Ctx, ids: Iterable[str]) -> dict[str, int]:
    """Every change leaves an entry in the audit trail; the first is the making."""
    return {each: count - 1 for each, count in audit.count_entries(ctx.session, ids).items()}


def _windows(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceRecord, ...]:
    """Those that are not over, and the most recent of the others, newest first."""
    told = sorted(maintenance_records(ctx, rows), key=lambda each: each.starts_at, reverse=True)
    over = [each for each in told if each.status in OVER]
    recent = {each.id for each in over[:MOST_RECENT]}
    return tuple(each for each in told if each.status not in OVER or each.id in recent)


def _series(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[MaintenanceSeries, ...]:
    recurring = [row for row in rows if row.recurrence is not None]
    maker = RecordMaker.of(ctx, recurring)
    return tuple(_one_series(maker, planned) for planned in plans_of(ctx, recurring))


def _one_series(maker: RecordMaker, planned: Planned) -> MaintenanceSeries:
    row, plan = planned.row, planned.plan
    ruled = set(plan.starts)
    changed = {each: maker.record(planned, plan.at(each)) for each in sorted(plan.changed)}
    rule = row.recurrence or ""
    begun = any(each <= (plan.cancelled_at or each) for each in plan.starts[:1])
    if plan.cancelled_at is not None and begun:
        # What has been stays; the rest of the rule is no more.
        rule = without_count(rule, until=plan.cancelled_at)
    return MaintenanceSeries(
        id=row.public_id,
        title=row.title,
        body=row.body,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        recurrence=rule,
        created_at=row.published_at or row.created_at,
        updated_at=max([row.updated_at, *(each.updated_at for each in planned.changed)]),
        is_cancelled=plan.cancelled_at is not None and not begun,
        is_empty=not plan.starts,
        changed=tuple(record for name, record in changed.items() if name in ruled),
        apart=tuple(record for name, record in changed.items() if name not in ruled),
    )


@dataclass(frozen=True, slots=True)
class _Board:
    """The services and groups of the page as they stand now."""

    services: list[ListedService]
    groups: list[ListedGroup]

    @classmethod
    def of(cls, ctx: Ctx) -> "_Board":
        rows = services.list_services(ctx.session)
        now = _Now.of(ctx)
        alone = [row for row in rows if row.group_id is None]
        listed = now.listed(alone, None)
        groups: list[ListedGroup] = []
        for group in services.list_groups(ctx.session):
            inside = now.listed([row for row in rows if row.group_id == group.id], group)
            if inside:
                position = len(alone) + len(groups) + 1
                groups.append(_group(group, inside, position))
                listed += inside
        return cls(listed, groups)

    def of_slug(self, slug: str) -> ListedService:
        return next(each for each in self.services if each.slug == slug)


def _group(row: ServiceGroupRow, inside: Sequence[ListedService], position: int) -> ListedGroup:
    return ListedGroup(
        id=row.public_id,
        name=row.name,
        status=worst(each.status for each in inside),
        position=position,
        services=tuple(each.id for each in inside),
        created_at=row.created_at,
        updated_at=max(row.created_at, *(each.updated_at for each in inside)),
    )


@dataclass(frozen=True, slots=True)
class _Now:
    """What makes the status of services at this moment, by service."""

    standing: Mapping[int, Sequence[ServiceStatus]]
    planned: Collection[int]
    changed: Mapping[int, datetime]

    @classmethod
    def of(cls, ctx: Ctx) -> "_Now":
        standing: dict[int, list[ServiceStatus]] = {}
        for number, status, _, ended_at in services.intervals_since(ctx.session, ctx.now):
            if ended_at is None:
                standing.setdefault(number, []).append(ServiceStatus(status))
        planned = services_in_window(ctx)
        return cls(standing, planned, services.last_changes(ctx.session))

    def listed(
        self, rows: Sequence[ServiceRow], group: ServiceGroupRow | None
    ) -> list[ListedService]:
        """These services, numbered from 1."""
        return [self._service(row, group, place) for place, row in enumerate(rows, 1)]

    def _service(
        self, row: ServiceRow, group: ServiceGroupRow | None, position: int
    ) -> ListedService:
        number = row.id or 0
        return ListedService(
            id=row.public_id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=service_status(
                self.standing.get(number, ()), in_maintenance=number in self.planned
            ),
            position=position,
            group_id=None if group is None else group.public_id,
            known_since=row.known_since,
            created_at=row.created_at,
            updated_at=max(row.updated_at, self.changed.get(number, row.updated_at)),
        )


def _archived(
    ctx: Ctx,
    board: _Board,
    told: Iterable[IncidentRecord],
    planned: Iterable[MaintenanceRecord],
) -> tuple[ListedService, ...]:
    named = {each.slug for incident in told for each in incident.services}
    named |= {each.slug for window in planned for each in window.services}
    gone = sorted(named - {each.slug for each in board.services})
    rows = services.find_services(ctx.session, gone) if gone else {}
    return tuple(_Now.of(ctx).listed([rows[slug] for slug in gone if slug in rows], None))
