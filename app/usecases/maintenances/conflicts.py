"""Conflicts: maintenances of one service at one time. Preview of a plan with its conflicts."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow
from app.domain.maintenances.local_times import NOT_SKIPPED, TypedTimes
from app.domain.maintenances.maintenance import OVER, check_window
from app.domain.permissions import Action
from app.domain.records import MaintenanceRecord
from app.domain.validation import check_time
from app.usecases.context import Ctx
from app.usecases.maintenances.lifecycle import required_maintenance
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.recurrence import check_recurrence, expand, window_from
from app.usecases.maintenances.schedule import plans_of, window_at, zone_of
from app.usecases.services.services import service_ids

__all__ = [
    "Conflict",
    "MaintenancePreview",
    "conflicts_of",
    "conflicts_with",
    "preview_maintenance",
]

_AHEAD = 20
_CONFLICT_LIMIT = 20
_SEARCHED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Conflict:
    """An overlapping window of another maintenance, the shared services (slugs), the overlap."""

    other: MaintenanceRecord
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


def conflicts_of(ctx: Ctx, public_id: str) -> tuple[Conflict, ...]:
    """The conflicts of the next windows of a maintenance. Raises NotFoundError."""
    ctx.require(Action.READ)
    row = required_maintenance(ctx, public_id)
    if row.cancelled_at is not None:
        return ()
    windows = [each for each in _windows(ctx, [row]) if each.status not in OVER]
    services = {each.slug for window in windows for each in window.services}
    times = [(each.starts_at, each.ends_at) for each in windows]
    return conflicts_with(ctx, times, services, but=public_id)


def conflicts_with(
    ctx: Ctx,
    windows: Iterable[tuple[datetime, datetime]],
    services: Collection[str],
    *,
    but: str | None = None,
) -> tuple[Conflict, ...]:
    """The conflicts of windows on these services (slugs), soonest first, 20 at most.

    Drafts count too. `but` is the id of the maintenance to which the windows belong.
    """
    ctx.require(Action.READ)
    wanted = sorted(windows)
    if not wanted:
        return ()
    rows = maintenances.planned_between(ctx.session, since=ctx.now, until=ctx.now + _SEARCHED)
    others = [row for row in rows if row.public_id != but]
    found = [
        overlap
        for other in _windows(ctx, others)
        if other.status not in OVER
        for overlap in _overlaps(other, wanted, services)
    ]
    return tuple(sorted(found, key=lambda each: each.starts_at)[:_CONFLICT_LIMIT])


def _windows(ctx: Ctx, rows: list[MaintenanceRow]) -> list[MaintenanceRecord]:
    maker = RecordMaker.of(ctx, rows)
    return [
        maker.record(planned, each)
        for planned in plans_of(ctx, rows)
        for each in planned.occurrences(ctx, ahead=_AHEAD)
    ]


def _overlaps(
    other: MaintenanceRecord,
    wanted: Iterable[tuple[datetime, datetime]],
    services: Collection[str],
) -> Iterator[Conflict]:
    shared = tuple(each.slug for each in other.services if each.slug in services)
    if not shared:
        return
    for starts_at, ends_at in wanted:
        first, last = max(starts_at, other.starts_at), min(ends_at, other.ends_at)
        if first < last:
            yield Conflict(other, shared, first, last)


_SHOWN = 5
# More windows are searched for conflicts than are shown.
_COMPARED = 20


@dataclass(frozen=True, slots=True)
class MaintenancePreview:
    """The next windows, the rule as it would be stored, and the conflicts.

    `windows` begin in the future, unless the maintenance does not recur.
    """

    recurrence: str | None
    windows: tuple[tuple[datetime, datetime], ...]
    conflicts: tuple[Conflict, ...]


def preview_maintenance(  # noqa: PLR0913  # each is a field of the form
    ctx: Ctx,
    *,
    starts_at: datetime,
    ends_at: datetime,
    recurrence: str | None,
    services: Collection[str],
    but: str | None = None,
    typed: TypedTimes = NOT_SKIPPED,
) -> MaintenancePreview:
    """The windows and conflicts of a plan. `but` is the id of the maintenance that is edited;
    `typed` are the local times that clocks skip on the day of the first window.

    Raises what `plan_maintenance` raises for times, rule and services.
    """
    ctx.require(Action.READ)
    starts_at = check_time(starts_at, field="starts_at")
    ends_at = check_time(ends_at, field="ends_at")
    check_window(starts_at, ends_at)
    service_ids(ctx, services, field="services")
    windows = [(starts_at, ends_at)]
    if recurrence is not None:
        zone = zone_of(ctx)
        recurrence = check_recurrence(recurrence, starts_at=starts_at, zone=zone)
        window = window_from(starts_at, ends_at, zone)
        if but is not None:
            (planned,) = plans_of(ctx, [required_maintenance(ctx, but)])
            window = window_at(planned, starts_at, ends_at, zone)
        window = typed.of(window, zone)
        found = expand(recurrence, window, zone, ctx.now)
        here = bisect_right(found.starts, ctx.now)
        coming = found.windows[here : here + _COMPARED]
        windows = [(each.starts_at, each.ends_at) for each in coming]
    return MaintenancePreview(
        recurrence,
        tuple(windows[:_SHOWN]),
        conflicts_with(ctx, windows, services, but=but),
    )
