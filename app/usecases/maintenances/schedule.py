"""Schedules of maintenances: their windows in time, and the services under maintenance now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.db.queries import maintenances
from app.db.queries.page import page
from app.db.tables import MaintenanceRow, OccurrenceRow
from app.domain.maintenances.local_times import LocalSpan, RuleWindow, rule_window
from app.domain.maintenances.maintenance import ACTIVE, Window, over_at, window_status
from app.domain.maintenances.occurrences import Occurrence, Plan, current
from app.usecases.context import Ctx
from app.usecases.maintenances.recurrence import RecurrenceSet, expand, window_from

__all__ = [
    "MOST_TOLD",
    "Planned",
    "current_window",
    "first_instant_outside_windows",
    "planned_with",
    "plans_of",
    "rule_window_of",
    "services_in_window",
    "window_at",
    "window_of",
    "zone_of",
]

# The number of past windows of one maintenance that are shown.
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Planned:
    """A maintenance with its plan, and the rows of the windows that staff changed.

    `recurrence_set` are the windows of its rule; empty for a maintenance that does not recur.
    """

    row: MaintenanceRow
    plan: Plan
    changed: Sequence[OccurrenceRow]
    recurrence_set: RecurrenceSet

    def occurrences(self, ctx: Ctx, *, ahead: int = 1) -> list[Occurrence]:
        """The latest windows that have begun, the next ones, and all changed ones, in order."""
        return self.plan.laid_out(ctx.now, back=MOST_TOLD, ahead=ahead)


def plans_of(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> list[Planned]:
    """The plans of these maintenances, in their order."""
    recurring = [row.id or 0 for row in rows if row.recurrence is not None]
    changed = maintenances.occurrences_of(ctx.session, recurring) if recurring else {}
    zone = zone_of(ctx) if recurring else None
    return [_planned(ctx, row, changed.get(row.id or 0, []), zone) for row in rows]


def planned_with(ctx: Ctx, row: MaintenanceRow, changed: Sequence[OccurrenceRow]) -> Planned:
    """The plan of one maintenance with these changed windows, stored or not."""
    return _planned(ctx, row, changed, zone_of(ctx))


def current_window(ctx: Ctx, row: MaintenanceRow) -> Window:
    """The window that is going on, or else the next one, or else the last."""
    ctx.session.flush()
    (planned,) = plans_of(ctx, [row])
    return (current(planned.occurrences(ctx), ctx.now) or planned.plan.at(row.starts_at)).window


def services_in_window(ctx: Ctx) -> set[int]:
    """The numbers of the services with a published window that is under way."""
    rows = maintenances.windows_under_way(ctx.session, ctx.now)
    active = [
        planned.row.id or 0
        for planned in plans_of(ctx, rows)
        if any(window_status(each.window, ctx.now) in ACTIVE for each in planned.occurrences(ctx))
    ]
    named = maintenances.services_of_maintenances(ctx.session, active) if active else {}
    return {number for numbers in named.values() for number in numbers}


def first_instant_outside_windows(ctx: Ctx, service: int, since: datetime) -> datetime:
    """The first instant from `since` on at which the service has no published window."""
    while ends := _ends_of_windows_at(ctx, service, since):
        since = max(ends)
    return since


def _ends_of_windows_at(ctx: Ctx, service: int, at: datetime) -> list[datetime]:
    rows = maintenances.windows_under_way(ctx.session, at)
    named = maintenances.services_of_maintenances(ctx.session, [row.id or 0 for row in rows])
    about = [row for row in rows if service in named.get(row.id or 0, ())]
    windows = [each.window for planned in plans_of(ctx, about) for each in planned.occurrences(ctx)]
    return [over_at(each) for each in windows if each.starts_at <= at < over_at(each)]


def rule_window_of(row: MaintenanceRow, zone: ZoneInfo) -> RuleWindow:
    """The first window of a maintenance, with the local times that a rule repeats."""
    window = window_from(row.starts_at, row.ends_at, zone)
    if row.local_start is None or row.local_end is None:
        return window
    stored = rule_window(LocalSpan(row.local_start, row.local_end), zone)
    # They differ when the page was given another zone, or an older release stored other times.
    is_current = (stored.starts_at, stored.ends_at) == (row.starts_at, row.ends_at)
    return stored if is_current else window


def window_at(
    planned: Planned, starts_at: datetime, ends_at: datetime, zone: ZoneInfo
) -> RuleWindow:
    """The window between two instants, as the first one of a rule for a planned maintenance.

    The start of a window of the present rule stands for its local time by that rule, which clocks
    may skip on its day.
    """
    window = window_from(starts_at, ends_at, zone)
    by_start = {each.starts_at: each.local for each in planned.recurrence_set.windows}
    start = by_start.get(starts_at, window.local).start
    if start == window.local.start or start >= window.local.end:
        return window
    return replace(window, local=LocalSpan(start, window.local.end), is_regular=False)


def window_of(row: MaintenanceRow | OccurrenceRow) -> Window:
    """The times of the window that a row stores."""
    return Window(row.starts_at, row.ends_at, row.cancelled_at, row.completed_at, row.verifying_at)


def zone_of(ctx: Ctx) -> ZoneInfo:
    """The time zone of the page, in which rules are expanded."""
    return ZoneInfo(page.read_page(ctx.session).time_zone)


def _planned(
    ctx: Ctx, row: MaintenanceRow, changed: Sequence[OccurrenceRow], zone: ZoneInfo | None
) -> Planned:
    announced_at = row.published_at or row.created_at
    if row.recurrence is None or zone is None:
        return Planned(row, Plan(window_of(row), announced_at), changed, RecurrenceSet((), ()))
    found = expand(row.recurrence, rule_window_of(row, zone), zone, ctx.now)
    plan = Plan(
        Window(row.starts_at, row.ends_at),
        announced_at,
        recurs=True,
        starts=found.starts,
        ends=[each.ends_at for each in found.windows],
        changed={each.recurs_at: (window_of(each), each.created_at) for each in changed},
        cancelled_at=row.cancelled_at,
    )
    return Planned(row, plan, changed, found)
