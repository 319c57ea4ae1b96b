"""Notices about maintenances: scheduled, changed, cancelled, reminder, started, completed."""

from collections.abc import Mapping
from datetime import datetime

from app.db.queries import maintenances
from app.db.queries.outbox import notices
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow
from app.domain.maintenances.maintenance import ACTIVE, OVER, Window, window_status
from app.domain.maintenances.occurrences import Occurrence, occurrence_id
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.expiry import expires_at
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.notices.recording import NewNotice, record_notice

__all__ = [
    "event_of_posted_update",
    "record_change",
    "record_plan",
    "record_posted_update",
    "record_reminder",
    "record_step",
    "thread_of",
]

_STEPS: Mapping[MaintenanceStatus, NoticeEvent] = {
    MaintenanceStatus.IN_PROGRESS: NoticeEvent.MAINTENANCE_STARTED,
    MaintenanceStatus.COMPLETED: NoticeEvent.MAINTENANCE_COMPLETED,
    MaintenanceStatus.CANCELLED: NoticeEvent.MAINTENANCE_CANCELLED,
}
# A window has each of these once, whether staff or the clock come first. It can be changed and
# cancelled again: those keys contain the time.
_ONCE = frozenset(
    {
        NoticeEvent.MAINTENANCE_SCHEDULED,
        NoticeEvent.MAINTENANCE_REMINDER,
        NoticeEvent.MAINTENANCE_STARTED,
        NoticeEvent.MAINTENANCE_COMPLETED,
    }
)


def thread_of(maintenance: MaintenanceRow, recurs_at: datetime | None = None) -> str:
    """The thread of a maintenance, or of its window that begins at `recurs_at` by the rule."""
    thread = f"maintenance:{maintenance.public_id}"
    return thread if recurs_at is None else f"{thread}/{occurrence_id(recurs_at)}"


def record_plan(ctx: Ctx, maintenance: MaintenanceRow, window: Window) -> None:
    """Record that a maintenance was published, unless its `window` is over.

    `window` is the present or next one. A recurring maintenance is announced once.
    """
    if window_status(window, ctx.now) not in OVER:
        _record(ctx, NoticeEvent.MAINTENANCE_SCHEDULED, maintenance, None, window)


def record_change(
    ctx: Ctx,
    event: NoticeEvent,
    maintenance: MaintenanceRow,
    window: Window,
    *,
    recurs_at: datetime | None = None,
    former: Window | None = None,
) -> None:
    """Record that a maintenance, or its window at `recurs_at`, was changed or cancelled.

    A change that ends the window early is `maintenance.completed`. `former` has the times before.
    """
    if window_status(window, ctx.now) is MaintenanceStatus.COMPLETED:
        event = NoticeEvent.MAINTENANCE_COMPLETED
    _record(ctx, event, maintenance, recurs_at, window, former=former)


def record_step(ctx: Ctx, maintenance: MaintenanceRow, occurrence: Occurrence) -> None:
    """Record that a window has reached its status by the clock or by staff."""
    status = window_status(occurrence.window, ctx.now)
    event = NoticeEvent.MAINTENANCE_STARTED if status in ACTIVE else _STEPS[status]
    _record(ctx, event, maintenance, occurrence.recurs_at, occurrence.window)


def record_reminder(ctx: Ctx, maintenance: MaintenanceRow, occurrence: Occurrence) -> None:
    """Record that a window starts soon; once for each start that it is given."""
    event = NoticeEvent.MAINTENANCE_REMINDER
    _record(ctx, event, maintenance, occurrence.recurs_at, occurrence.window)


def record_posted_update(
    ctx: Ctx,
    maintenance: MaintenanceRow,
    occurrence: Occurrence,
    after: Window,
    update: MaintenanceUpdateRow,
) -> None:
    """Record an update of a window, which was `occurrence` before it and is `after` since.

    The update that begins, completes or cancels the window is that event. So is the first update
    of a window that has begun by the clock, while the worker has not recorded the start yet.
    """
    if not update.notify:
        return
    before, status = window_status(occurrence.window, ctx.now), window_status(after, ctx.now)
    event = event_of_posted_update(ctx, maintenance, occurrence.recurs_at, before, status)
    _record(ctx, event, maintenance, occurrence.recurs_at, after, update=update)


def event_of_posted_update(
    ctx: Ctx,
    maintenance: MaintenanceRow,
    recurs_at: datetime | None,
    before: MaintenanceStatus,
    status: MaintenanceStatus,
) -> NoticeEvent:
    """The event of an update of a window, by the status of the window before and after it."""
    if status is not before and (status in OVER or before not in ACTIVE):
        return _STEPS.get(status, NoticeEvent.MAINTENANCE_UPDATED)
    if status in ACTIVE:
        started = _key(ctx, NoticeEvent.MAINTENANCE_STARTED, maintenance, recurs_at)
        if not notices.existing_keys(ctx.session, [started]):
            return NoticeEvent.MAINTENANCE_STARTED
    return NoticeEvent.MAINTENANCE_UPDATED


def _record(  # noqa: PLR0913  # all of them differ between the events
    ctx: Ctx,
    event: NoticeEvent,
    maintenance: MaintenanceRow,
    recurs_at: datetime | None,
    window: Window,
    *,
    update: MaintenanceUpdateRow | None = None,
    former: Window | None = None,
) -> None:
    if maintenance.published_at is None or not (maintenance.notify or update is not None):
        return
    number = maintenance.id or 0
    ctx.session.flush()
    named = maintenances.services_of_maintenances(ctx.session, [number])
    details = {"starts_at": window.starts_at.isoformat(), "ends_at": window.ends_at.isoformat()}
    if former is not None:
        details["former_starts_at"] = former.starts_at.isoformat()
        details["former_ends_at"] = former.ends_at.isoformat()
    key = _key(ctx, event, maintenance, recurs_at)
    if event is NoticeEvent.MAINTENANCE_UPDATED and update is not None:
        key = f"{event.value}/{update.public_id}"
    elif event is NoticeEvent.MAINTENANCE_REMINDER:
        key = f"{key}/{window.starts_at.isoformat()}"
    record_notice(
        ctx,
        NewNotice(
            event,
            key,
            thread_of(maintenance, recurs_at),
            "maintenance",
            number,
            expires_at(event, ctx.now, (window.starts_at, window.ends_at)),
            None if update is None else update.id,
            named.get(number, []),
            details=details,
        ),
    )


def _key(
    ctx: Ctx, event: NoticeEvent, maintenance: MaintenanceRow, recurs_at: datetime | None
) -> str:
    thread = thread_of(maintenance, recurs_at).removeprefix("maintenance:")
    return f"{event.value}/{thread}" + ("" if event in _ONCE else f"/{ctx.now.isoformat()}")
