"""Changes of the page since a checkpoint: which incidents, services and months they concern."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.db.queries import audit, services
from app.db.queries.incidents import incidents
from app.db.tables import AuditEntryRow, IncidentRow
from app.domain.statuses import ServiceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances.records import waiting_windows
from app.usecases.public.current_status import statuses_by_slug
from app.usecases.public.pages import facts
from app.usecases.public.service_records import midnight, today

__all__ = ["ChangedPages", "Checkpoint", "changes_since", "checkpoint"]

# Each of these touches the page once when its incident is public, and only adds to the incident.
_ADDING = frozenset({"incident.open", "incident.update", "incident.publish"})
# The subject of entries that accompany these: visitors see nothing of them.
_ACCOMPANYING = "pending_text"
# With more entries than this, every page is compared.
_MOST_ENTRIES = 500
# Uptime intervals are stored for 400 days.
_INTERVAL_DAYS = timedelta(days=400)
# No page is about an earlier month.
_FIRST_MONTH = date(1990, 1, 1)

_Interval = tuple[str, datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the page at one moment, to which a later state is compared.

    `position` is that of the last audit entry. `intervals` are those of each service, by internal
    id, and `statuses` the current ones by slug. `next_edge` is the next time at which a maintenance
    window starts or ends, or a day ends.
    """

    now: datetime
    revision: int
    position: int
    intervals: Mapping[int, Sequence[_Interval]]
    statuses: Mapping[str, ServiceStatus]
    next_edge: datetime


@dataclass(frozen=True, slots=True)
class ChangedPages:
    """What may have changed: incidents by public id, services by slug, months by first day."""

    incidents: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    months: frozenset[date] = frozenset()


def checkpoint(ctx: Ctx) -> Checkpoint:
    """The state of the page in this transaction."""
    about = facts(ctx)
    position, _ = audit.latest_chained(ctx.session) or (0, None)
    intervals: dict[int, list[_Interval]] = {}
    for number, status, began_at, ended_at in services.intervals_since(
        ctx.session, ctx.now - _INTERVAL_DAYS
    ):
        intervals.setdefault(number, []).append((status, began_at, ended_at))
    zone = ZoneInfo(about.time_zone)
    edges = [edge for each in waiting_windows(ctx) for edge in (each.starts_at, each.ends_at)]
    edges.append(midnight(today(about, zone) + timedelta(days=1), zone))
    return Checkpoint(
        now=ctx.now,
        revision=about.revision,
        position=position or 0,
        intervals=intervals,
        statuses=statuses_by_slug(ctx),
        next_edge=min(each for each in edges if each > ctx.now),
    )


def changes_since(ctx: Ctx, before: Checkpoint, now: Checkpoint) -> ChangedPages | None:
    """What the changes concern that were made between two checkpoints; `now` is the current one.

    None when they can concern any page. That is so unless each new revision is that of a
    transaction that opened, published or updated public incidents and recorded nothing else. Open
    incidents are always among those that may have changed.
    """
    changed = _changed_incidents(ctx, before, now)
    if changed is None:
        return None
    named = incidents.services_named_by(ctx.session, [row.id or 0 for row in changed])
    numbers = {number for each in named.values() for number in each}
    numbers |= {
        number
        for number in {*before.intervals, *now.intervals}
        if before.intervals.get(number) != now.intervals.get(number)
    }
    rows = services.services_by_id(ctx.session, numbers)
    slugs = {row.slug for row in rows.values() if row.slug in now.statuses}
    turned = [slug for slug, each in now.statuses.items() if before.statuses.get(slug) is not each]
    rows_shown = [*changed, *incidents.visible_open_incidents(ctx.session, ctx.now)]
    # The page of an incident shows the current status of its services.
    for row in services.find_services(ctx.session, turned).values():
        rows_shown += incidents.visible_incidents(ctx.session, ctx.now, naming_service=row.id)
    return ChangedPages(
        frozenset(row.public_id for row in rows_shown),
        frozenset({*slugs, *turned}),
        frozenset(month for row in changed for month in _months(ctx, row)),
    )


def _changed_incidents(
    ctx: Ctx, before: Checkpoint, now: Checkpoint
) -> Sequence[IncidentRow] | None:
    """The incidents that explain every new revision, None if there are others.

    Entries have positions in the order of the commits, and those of a transaction have one time.
    """
    entries = audit.chained_entries(ctx.session, after=before.position, limit=_MOST_ENTRIES)
    if now.position < before.position or len(entries) == _MOST_ENTRIES:
        return None
    found: dict[str, IncidentRow] = {}
    explained = 0
    for _, of_transaction in groupby(entries, key=lambda each: each.at):
        recorded = list(of_transaction)
        rows = [row for each in recorded if (row := _public_incident(ctx, each))]
        if rows and not all(_adds(each) for each in recorded):
            return None
        found.update((row.public_id, row) for row in rows)
        explained += bool(rows)
    return list(found.values()) if explained == now.revision - before.revision else None


def _adds(entry: AuditEntryRow) -> bool:
    return entry.action in _ADDING or entry.subject == _ACCOMPANYING


def _public_incident(ctx: Ctx, entry: AuditEntryRow) -> IncidentRow | None:
    """The incident to which the entry adds, None if it was not public at that time."""
    if entry.action not in _ADDING:
        return None
    row = incidents.visible_incident(ctx.session, entry.subject_id, ctx.now)
    was_public = row is not None and row.published_at is not None and row.published_at <= entry.at
    return row if was_public else None


def _months(ctx: Ctx, row: IncidentRow) -> Iterator[date]:
    """The months that show or count the incident, and those before it that link to them."""
    about = facts(ctx)
    zone = ZoneInfo(about.time_zone)
    month = today(about, zone).replace(day=1)
    begun_in = row.started_at.astimezone(zone).date().replace(day=1)
    earlier = incidents.visible_bounds(
        ctx.session, ctx.now, before=midnight(begun_in, zone), after=ctx.now
    ).earlier
    first = earlier.astimezone(zone).date().replace(day=1) if earlier else _FIRST_MONTH
    while month >= first:
        yield month
        month = (month - timedelta(days=1)).replace(day=1)
