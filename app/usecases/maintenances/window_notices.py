"""Notices that the clock brings about: reminders, starts and ends of maintenance windows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.queries import maintenances, worker_marks
from app.db.queries.outbox import notices
from app.db.queries.page import page
from app.db.tables import MaintenanceRow
from app.domain.maintenances.maintenance import ACTIVE, Window, window_status
from app.domain.maintenances.occurrences import Occurrence
from app.domain.notifications.events import NoticeEvent
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances.schedule import Planned, plans_of
from app.usecases.notices.maintenance_notices import record_reminder, record_step, thread_of

__all__ = ["WindowLook", "look_at_windows", "needs_look", "record_due_windows"]

_MARK = "windows"
_BACK, _AHEAD = 50, 64
# The end of a window is no news after a day.
_LATEST_END = timedelta(days=1)
# Without windows, the mark moves this often.
_LONGEST_LOOK = timedelta(minutes=10)
_ANNOUNCING = (NoticeEvent.MAINTENANCE_SCHEDULED.value, NoticeEvent.MAINTENANCE_CHANGED.value)


@dataclass(frozen=True, slots=True)
class WindowLook:
    """The result of a look: whether something is due, when the next look is, and for what page."""

    is_due: bool
    next_at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class _Due:
    maintenance: MaintenanceRow
    occurrence: Occurrence
    is_reminder: bool


def needs_look(ctx: Ctx, last: WindowLook | None) -> bool:
    """Whether to look again: at the next edge, or when the page has changed since."""
    if last is None or ctx.now >= last.next_at:
        return True
    revision, _ = page.read_revision(ctx.session)
    return revision != last.revision


def look_at_windows(ctx: Ctx) -> WindowLook:
    """Look whether a window has begun or ended, or begins soon, since the last look. Only reads."""
    since = worker_marks.looked_until(ctx.session, _MARK)
    revision, _ = page.read_revision(ctx.session)
    latest = ctx.now + _LONGEST_LOOK
    if since is None or ctx.now - since >= _LONGEST_LOOK:
        return WindowLook(is_due=True, next_at=latest, revision=revision)
    plans = _plans(ctx, since)
    is_due = any(True for _ in _due(ctx, plans, since))
    announce = _announce(ctx)
    edges = [
        edge
        for planned in plans
        for each in _occurrences(ctx, planned)
        for edge in (each.window.starts_at - announce, each.window.starts_at, each.window.ends_at)
        if edge > ctx.now
    ]
    return WindowLook(is_due, min([latest, *edges]), revision)


def record_due_windows(ctx: Ctx) -> None:
    """Record the notices of what has passed since the last look, which may be long ago.

    A start is recorded while the window lasts, a reminder before it starts, and an end for a day.
    """
    since = worker_marks.looked_until(ctx.session, _MARK)
    if since is not None:
        for due in _due(ctx, _plans(ctx, since), since):
            if due.is_reminder:
                record_reminder(ctx, due.maintenance, due.occurrence)
            else:
                record_step(ctx, due.maintenance, due.occurrence)
    worker_marks.set_looked_until(ctx.session, _MARK, ctx.now)


def _plans(ctx: Ctx, since: datetime) -> Sequence[Planned]:
    rows = maintenances.visible_maintenances(ctx.session, ctx.now, ending_after=since)
    return plans_of(ctx, [row for row in rows if row.notify])


def _occurrences(ctx: Ctx, planned: Planned) -> Sequence[Occurrence]:
    return planned.plan.laid_out(ctx.now, back=_BACK, ahead=_AHEAD)


def _announce(ctx: Ctx) -> timedelta:
    return timedelta(minutes=page.read_page(ctx.session).announce_minutes)


def _due(ctx: Ctx, plans: Sequence[Planned], since: datetime) -> Iterator[_Due]:
    announce = _announce(ctx)
    updates = maintenances.updates_of(ctx.session, [each.row.id or 0 for each in plans])
    for planned in plans:
        by_staff = {
            each.posted_at
            for each in updates.get(planned.row.id or 0, [])
            if each.status == MaintenanceStatus.IN_PROGRESS.value
        }
        for each in _occurrences(ctx, planned):
            if _has_step(ctx, each.window, since, by_staff):
                yield _Due(planned.row, each, is_reminder=False)
            elif announce and _has_reminder(ctx, planned.row, each, since, announce):
                yield _Due(planned.row, each, is_reminder=True)


def _has_step(ctx: Ctx, window: Window, since: datetime, by_staff: set[datetime]) -> bool:
    """Whether the clock has begun or ended the window; what staff do, they record themselves."""
    status = window_status(window, ctx.now)
    if status in ACTIVE:
        return since < window.starts_at <= ctx.now and window.starts_at not in by_staff
    return (
        status is MaintenanceStatus.COMPLETED
        and window.completed_at is None
        and max(since, ctx.now - _LATEST_END) < window.ends_at <= ctx.now
    )


def _has_reminder(
    ctx: Ctx, row: MaintenanceRow, each: Occurrence, since: datetime, announce: timedelta
) -> bool:
    at = each.window.starts_at - announce
    is_scheduled = window_status(each.window, ctx.now) is MaintenanceStatus.SCHEDULED
    if not is_scheduled or not since < at <= ctx.now:
        return False
    # Who was notified of it since then needs no reminder.
    threads = {thread_of(row), thread_of(row, each.recurs_at)}
    announced_at = notices.latest_notice(ctx.session, threads, _ANNOUNCING)
    return max(announced_at or row.created_at, row.published_at or row.created_at) <= at
