"""Rescheduling of a whole maintenance: other times, another recurrence rule, or none."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow, OccurrenceRow
from app.domain.errors import ConflictError
from app.domain.maintenances.local_times import (
    NOT_SKIPPED,
    LocalSpan,
    RuleWindow,
    TypedTimes,
    rule_window,
)
from app.domain.maintenances.maintenance import OVER, Window, check_window, moved, window_status
from app.domain.maintenances.occurrences import Occurrence, Plan, current
from app.domain.validation import check_time
from app.usecases.context import Ctx
from app.usecases.maintenances.recurrence import (
    after_windows,
    check_recurrence,
    expand,
    first_window,
    without_count,
)
from app.usecases.maintenances.schedule import (
    Planned,
    plans_of,
    rule_window_of,
    window_at,
    window_of,
    zone_of,
)

__all__ = [
    "NewTimes",
    "Reschedule",
    "apply_reschedule",
    "changed_windows",
    "check_reschedule",
    "set_first_window",
    "set_window",
]

# More than any maintenance has windows: every one that has begun.
_ALL = 100_000


@dataclass(frozen=True, slots=True)
class NewTimes:
    """New times of a maintenance; None keeps one. `ends_recurrence` removes the rule.

    `typed` are the local times that clocks skip on the day of the first window.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recurrence: str | None = None
    ends_recurrence: bool = False
    typed: TypedTimes = NOT_SKIPPED

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to change."""
        return self == NewTimes()

    def checked(self) -> "NewTimes":
        """The times in UTC. Raises InvalidError for times without a zone or out of range."""
        return NewTimes(
            None if self.starts_at is None else check_time(self.starts_at, field="starts_at"),
            None if self.ends_at is None else check_time(self.ends_at, field="ends_at"),
            self.recurrence,
            self.ends_recurrence,
            self.typed,
        )


@dataclass(frozen=True, slots=True)
class Reschedule:
    """The result of new times: the first window, the rule, and the windows that stay as they are.

    `local` are the local times that the rule repeats. `begun` are the windows that have begun, to
    be stored as they are. `drops_changes` says that changes of windows that have not begun are
    dropped.
    """

    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    local: LocalSpan | None = None
    begun: tuple[Occurrence, ...] = ()
    drops_changes: bool = False


def check_reschedule(ctx: Ctx, row: MaintenanceRow, times: NewTimes) -> Reschedule | None:
    """The result of giving a maintenance new times; None when nothing changes. Stores nothing.

    Raises ConflictError when the maintenance is over, or when a window that has begun would begin
    at another time; InvalidError for invalid times and rules.
    """
    if times.is_empty:
        return None
    times = times.checked()
    if row.recurrence is None and times.recurrence is None:
        only = moved(window_of(row), ctx.now, starts_at=times.starts_at, ends_at=times.ends_at)
        return Reschedule(only.starts_at, only.ends_at, None)
    (planned,) = plans_of(ctx, [row])
    begun = _begun(ctx, planned.plan)
    zone = zone_of(ctx)
    window = _wanted(row, times, planned, zone)
    if times.ends_recurrence:
        return _without_rule(row, begun, times, window)
    rule = times.recurrence
    if rule is None:
        rule = _remaining_rule(row, planned.plan, begun)
    if begun:
        rule = check_recurrence(rule, starts_at=row.starts_at, zone=zone)
        window = _next_window(ctx, row, rule, times, window)
    rule, first = first_window(rule, window, zone, ctx.now)
    return Reschedule(
        first.starts_at, first.ends_at, rule, first.local, tuple(begun), drops_changes=True
    )


def apply_reschedule(ctx: Ctx, row: MaintenanceRow, new: Reschedule) -> None:
    """Store a reschedule that `check_reschedule` has made for this maintenance."""
    for each in new.begun:
        _store_as_it_is(ctx, row, each)
    if new.drops_changes:
        maintenances.drop_occurrences(ctx.session, row.id or 0, after=ctx.now)
    set_first_window(row, new)


def set_first_window(row: MaintenanceRow, new: Reschedule) -> None:
    """Give a maintenance the first window and the rule of `new`."""
    row.starts_at, row.ends_at, row.recurrence = new.starts_at, new.ends_at, new.recurrence
    row.local_start = None if new.local is None else new.local.start
    row.local_end = None if new.local is None else new.local.end


def changed_windows(ctx: Ctx, row: MaintenanceRow, new: Reschedule | None) -> list[OccurrenceRow]:
    """The windows with a row of their own once `new` is stored. Stores nothing.

    They are the stored rows, and rows outside the session for windows that `new` would store.
    """
    stored = maintenances.occurrences_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    if new is None or not new.drops_changes:
        return stored
    rows = {each.recurs_at: each for each in stored if each.starts_at <= ctx.now}
    for each in new.begun:
        recurs_at = each.recurs_at or row.starts_at
        created_at = rows[recurs_at].created_at if recurs_at in rows else ctx.now
        rows[recurs_at] = OccurrenceRow(
            maintenance_id=row.id or 0, recurs_at=recurs_at, created_at=created_at
        )
        _set_times(rows[recurs_at], each.window, ctx.now)
    return list(rows.values())


def set_window(ctx: Ctx, row: MaintenanceRow, occurrence: Occurrence, window: Window) -> None:
    """Store other times or another state of one window."""
    stored: MaintenanceRow | OccurrenceRow = row
    if occurrence.recurs_at is not None:
        stored = _occurrence_row(ctx, row, occurrence.recurs_at)
    _set_times(stored, window, ctx.now)
    ctx.session.add(stored)
    ctx.session.flush()


def _set_times(row: MaintenanceRow | OccurrenceRow, window: Window, now: datetime) -> None:
    row.starts_at, row.ends_at = window.starts_at, window.ends_at
    row.verifying_at, row.completed_at = window.verifying_at, window.completed_at
    row.cancelled_at = window.cancelled_at
    row.updated_at = now


def _store_as_it_is(ctx: Ctx, row: MaintenanceRow, occurrence: Occurrence) -> None:
    """Store a window in a row of its own, so that no change of the maintenance changes it."""
    if occurrence.recurs_at is not None:
        set_window(ctx, row, occurrence, occurrence.window)
        return
    # The maintenance did not recur before: its only window and the updates become those of the
    # first window of the rule.
    first = Occurrence(row.starts_at, occurrence.window, occurrence.announced_at)
    set_window(ctx, row, first, first.window)
    for update in maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, []):
        update.recurs_at = row.starts_at
    row.verifying_at = row.completed_at = None


def _occurrence_row(ctx: Ctx, row: MaintenanceRow, recurs_at: datetime) -> OccurrenceRow:
    known = maintenances.occurrences_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    for each in known:
        if each.recurs_at == recurs_at:
            return each
    return OccurrenceRow(
        maintenance_id=row.id or 0, recurs_at=recurs_at, created_at=ctx.now, updated_at=ctx.now
    )


def _begun(ctx: Ctx, plan: Plan) -> tuple[Occurrence, ...]:
    """The windows that have begun. Raises ConflictError when the maintenance is over."""
    occurrences = plan.laid_out(ctx.now, back=_ALL, ahead=1)
    latest = current(occurrences, ctx.now)
    if latest is None or window_status(latest.window, ctx.now) in OVER:
        raise _over()
    return tuple(each for each in occurrences if each.window.starts_at <= ctx.now)


def _wanted(row: MaintenanceRow, times: NewTimes, planned: Planned, zone: ZoneInfo) -> RuleWindow:
    """The first window with the new times; local times that do not change stay as they are.

    Raises InvalidError when it would end before it starts.
    """
    starts_at, ends_at = times.starts_at or row.starts_at, times.ends_at or row.ends_at
    check_window(starts_at, ends_at)
    window = times.typed.of(window_at(planned, starts_at, ends_at, zone), zone)
    present = rule_window_of(row, zone)
    if times.ends_at is not None or window.local.start >= present.local.end:
        return window
    local = LocalSpan(window.local.start, present.local.end)
    return replace(window, local=local, is_regular=window.is_regular and local == window.local)


def _without_rule(
    row: MaintenanceRow, begun: Sequence[Occurrence], times: NewTimes, window: RuleWindow
) -> Reschedule:
    if not begun:
        return Reschedule(window.starts_at, window.ends_at, None, drops_changes=True)
    if times.starts_at is not None or times.ends_at is not None:
        raise _has_begun()
    last = max(each.recurs_at or row.starts_at for each in begun)
    rule = without_count(row.recurrence or "", until=last)
    return Reschedule(
        row.starts_at, row.ends_at, rule, window.local, tuple(begun), drops_changes=True
    )


def _remaining_rule(row: MaintenanceRow, plan: Plan, begun: Sequence[Occurrence]) -> str:
    names = {each.recurs_at for each in begun}
    rule = after_windows(row.recurrence or "", sum(start in names for start in plan.starts))
    if rule is None:
        raise _over()
    return rule


def _next_window(
    ctx: Ctx, row: MaintenanceRow, rule: str, times: NewTimes, wanted: RuleWindow
) -> RuleWindow:
    """The first window to come: `wanted` if it has a new start, else the next one of `rule`."""
    if times.starts_at is not None:
        if times.starts_at <= ctx.now:
            raise _has_begun()
        return wanted
    zone = zone_of(ctx)
    found = expand(without_count(rule), rule_window_of(row, zone), zone, ctx.now)
    here = bisect_right(found.starts, max(ctx.now, row.starts_at))
    if here == len(found.starts):
        raise _over()
    window = found.windows[here]
    if times.ends_at is None:
        return window
    return rule_window(wanted.local.starting(window.local.start), zone)


def _has_begun() -> ConflictError:
    return ConflictError(
        "This maintenance has begun already.", code="maintenance_begun", field="starts_at"
    )


def _over() -> ConflictError:
    return ConflictError("This maintenance is over.", code="maintenance_over")
