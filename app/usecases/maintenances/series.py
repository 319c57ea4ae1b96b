"""What changes a whole maintenance in time: other hours, another rule, no rule any more."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow, OccurrenceRow
from app.domain.errors import ConflictError
from app.domain.maintenances.maintenance import OVER, Window, check_window, moved, window_status
from app.domain.maintenances.occurrences import Occurrence, Plan, current
from app.domain.validation import check_time
from app.usecases.context import Ctx
from app.usecases.maintenances.recurrence import (
    after_windows,
    beginnings,
    check_recurrence,
    first_beginning,
    without_count,
)
from app.usecases.maintenances.schedule import plans_of, window_of, zone_of

__all__ = ["NewTimes", "keep_window", "reschedule", "set_window", "start_series"]

# Every window there has been: none of them is to change afterwards.
_ALL = 100_000


@dataclass(frozen=True, slots=True)
class NewTimes:
    """The times to be; None leaves one as it is. `recurs_no_more` takes the rule away."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recurrence: str | None = None
    recurs_no_more: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it is."""
        return self == NewTimes()

    def checked(self) -> "NewTimes":
        """The same in UTC. Raises InvalidError for times that cannot be."""
        return NewTimes(
            None if self.starts_at is None else check_time(self.starts_at, field="starts_at"),
            None if self.ends_at is None else check_time(self.ends_at, field="ends_at"),
            self.recurrence,
            self.recurs_no_more,
        )


def start_series(ctx: Ctx, row: MaintenanceRow, rule: str) -> None:
    """Let `row` recur: its window moves to the first day of the rule. Raises InvalidError."""
    checked = check_recurrence(rule, starts_at=row.starts_at)
    length = row.ends_at - row.starts_at
    row.recurrence = checked
    row.starts_at = first_beginning(checked, row.starts_at, zone_of(ctx))
    row.ends_at = row.starts_at + length


def reschedule(ctx: Ctx, row: MaintenanceRow, times: NewTimes) -> None:
    """Give a maintenance other times. Windows that have begun stay as they were.

    Raises ConflictError when it is over, or when what has begun should begin at another time;
    InvalidError for times and rules that cannot be.
    """
    if times.is_nothing:
        return
    times = times.checked()
    if row.recurrence is None and times.recurrence is None:
        window = moved(window_of(row), ctx.now, starts_at=times.starts_at, ends_at=times.ends_at)
        row.starts_at, row.ends_at = window.starts_at, window.ends_at
        return
    plan = _plan(ctx, row)
    begun = _begun(ctx, plan)
    length = (times.ends_at or row.ends_at) - (times.starts_at or row.starts_at)
    check_window(ctx.now, ctx.now + length)
    for each in begun:
        keep_window(ctx, row, each)
    maintenances.drop_occurrences(ctx.session, row.id or 0, after=ctx.now)
    if times.recurs_no_more:
        _end(row, begun, times, length)
        return
    rule = times.recurrence
    if rule is None:
        rule = _rest(row, plan, begun)
    starts_at = times.starts_at or row.starts_at
    if begun:
        rule = check_recurrence(rule, starts_at=row.starts_at)
        starts_at = _next(ctx, row, rule, times.starts_at)
    row.starts_at, row.ends_at = starts_at, starts_at + length
    start_series(ctx, row, rule)


def keep_window(ctx: Ctx, row: MaintenanceRow, occurrence: Occurrence) -> None:
    """Write a window down as it is, so that no change of the whole changes it."""
    if occurrence.recurs_at is not None:
        set_window(ctx, row, occurrence, occurrence.window)
        return
    # It did not recur so far: what is known of it becomes what is known of its first window.
    first = Occurrence(row.starts_at, occurrence.window, occurrence.announced_at)
    set_window(ctx, row, first, first.window)
    for update in maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, []):
        update.recurs_at = row.starts_at
    row.verifying_at = row.completed_at = None


def set_window(ctx: Ctx, row: MaintenanceRow, occurrence: Occurrence, window: Window) -> None:
    """Give one window other times or another state."""
    kept: MaintenanceRow | OccurrenceRow = row
    if occurrence.recurs_at is not None:
        kept = _kept_row(ctx, row, occurrence.recurs_at)
    kept.starts_at, kept.ends_at = window.starts_at, window.ends_at
    kept.verifying_at, kept.completed_at = window.verifying_at, window.completed_at
    kept.cancelled_at = window.cancelled_at
    kept.updated_at = ctx.now
    ctx.session.add(kept)
    ctx.session.flush()


def _kept_row(ctx: Ctx, row: MaintenanceRow, recurs_at: datetime) -> OccurrenceRow:
    known = maintenances.occurrences_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    for each in known:
        if each.recurs_at == recurs_at:
            return each
    return OccurrenceRow(
        maintenance_id=row.id or 0, recurs_at=recurs_at, created_at=ctx.now, updated_at=ctx.now
    )


def _plan(ctx: Ctx, row: MaintenanceRow) -> Plan:
    (planned,) = plans_of(ctx, [row])
    return planned.plan


def _begun(ctx: Ctx, plan: Plan) -> list[Occurrence]:
    told = plan.laid_out(ctx.now, back=_ALL, ahead=1)
    this = current(told, ctx.now)
    if this is None or window_status(this.window, ctx.now) in OVER:
        raise _over()
    return [each for each in told if each.window.starts_at <= ctx.now]


def _end(
    row: MaintenanceRow, begun: Sequence[Occurrence], times: NewTimes, length: timedelta
) -> None:
    if not begun:
        starts_at = times.starts_at or row.starts_at
        row.recurrence = None
        row.starts_at, row.ends_at = starts_at, starts_at + length
        return
    if times.starts_at is not None or times.ends_at is not None:
        raise _has_begun()
    last = max(each.recurs_at or row.starts_at for each in begun)
    row.recurrence = without_count(row.recurrence or "", until=last)


def _rest(row: MaintenanceRow, plan: Plan, begun: Sequence[Occurrence]) -> str:
    names = {each.recurs_at for each in begun}
    rule = after_windows(row.recurrence or "", sum(start in names for start in plan.starts))
    if rule is None:
        raise _over()
    return rule


def _next(ctx: Ctx, row: MaintenanceRow, rule: str, wanted: datetime | None) -> datetime:
    """When the windows that are still to come begin: on the days they always did, unless told."""
    if wanted is not None:
        if wanted <= ctx.now:
            raise _has_begun()
        return wanted
    starts = beginnings(without_count(rule), row.starts_at, zone_of(ctx), ctx.now)
    here = bisect_right(starts, max(ctx.now, row.starts_at))
    if here == len(starts):
        raise _over()
    return starts[here]


def _has_begun() -> ConflictError:
    return ConflictError(
        "This maintenance has begun already.", code="maintenance_begun", field="starts_at"
    )


def _over() -> ConflictError:
    return ConflictError("This maintenance is over.", code="maintenance_over")
