"""Windows of a maintenance: move, end, cancel and reinstate one; post, edit and remove its updates.

A maintenance that does not recur has one window. A window of a recurring one has an id, the time
at which the rule begins it (`20300106T020000Z`); without an id, the window that is going on is
meant, or else the next one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow
from app.db.text_json import StoredLocalizedText
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.maintenances.maintenance import (
    MaintenanceUpdate,
    Window,
    cancelled,
    moved,
    reinstated,
    retimed,
    stepped,
)
from app.domain.maintenances.occurrences import (
    Occurrence,
    current,
    occurrence_id,
    parse_occurrence_id,
)
from app.domain.notifications.events import NoticeEvent
from app.domain.permissions import Action
from app.domain.records import MaintenanceRecord
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Text
from app.domain.validation import check_past, check_time, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.maintenances.lifecycle import (
    StaffMaintenance,
    get_maintenance,
    lock_maintenance,
    required_maintenance,
    staff_maintenance,
)
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.schedule import plans_of
from app.usecases.maintenances.series import set_window
from app.usecases.notices.maintenance_notices import (
    record_change,
    record_posted_update,
    record_step,
)
from app.usecases.text_history import check_unchanged, revised, with_history

__all__ = [
    "MaintenanceUpdateEdit",
    "NewMaintenanceUpdate",
    "RemovedMaintenanceUpdate",
    "cancel_window",
    "complete_maintenance",
    "edit_maintenance_update",
    "find_update",
    "find_window",
    "list_removed_updates",
    "list_windows",
    "move_window",
    "post_maintenance_update",
    "preview_maintenance_update",
    "preview_maintenance_update_edit",
    "preview_maintenance_update_removal",
    "preview_move",
    "preview_reinstatement",
    "reinstate_window",
    "remove_maintenance_update",
]

_AHEAD = 10


@dataclass(frozen=True, slots=True)
class NewMaintenanceUpdate:
    """An update to be posted, and the status that it sets; `occurrence` is the id of its window."""

    status: MaintenanceStatus
    body: StoredLocalizedText
    occurrence: str | None = None
    notify: bool = True


@dataclass(frozen=True, slots=True)
class MaintenanceUpdateEdit:
    """A change of an update: another text, another time.

    `seen` is the version of the text with which the author began.
    """

    body: LocalizedText | None = None
    posted_at: datetime | None = None
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class RemovedMaintenanceUpdate:
    """An update that was removed, as it was."""

    status: MaintenanceStatus
    body: Text
    posted_at: datetime
    removed_at: datetime


def list_windows(ctx: Ctx, public_id: str) -> tuple[MaintenanceRecord, ...]:
    """The latest windows that have begun and the next ones, in order. Raises NotFoundError."""
    ctx.require(Action.READ)
    row = required_maintenance(ctx, public_id)
    (planned,) = plans_of(ctx, [row])
    maker = RecordMaker.of(ctx, [row])
    return tuple(maker.record(planned, each) for each in planned.occurrences(ctx, ahead=_AHEAD))


def find_window(ctx: Ctx, public_id: str, occurrence: str | None) -> MaintenanceRecord:
    """The window with this id; the one that is going on, or the next one, where there is none."""
    for window in list_windows(ctx, public_id):
        if window.recurs_at is not None and occurrence_id(window.recurs_at) == occurrence:
            return window
    return get_maintenance(ctx, public_id).maintenance


def find_update(
    ctx: Ctx, public_id: str, update_id: str
) -> tuple[MaintenanceRecord, MaintenanceUpdate]:
    """An update, and the window that it is about. Raises NotFoundError."""
    for window in list_windows(ctx, public_id):
        for update in window.updates:
            if update.id == update_id:
                return window, update
    raise NotFoundError("This maintenance has no such update.", code="update_not_found")


def post_maintenance_update(
    ctx: Ctx, public_id: str, new: NewMaintenanceUpdate
) -> StaffMaintenance:
    """Post an update about a window; its status may begin the window early, end or cancel it.

    Raises NotFoundError, ForbiddenError; ConflictError when the status cannot follow the present
    status of the window.
    """
    lock_maintenance(ctx, public_id)
    row, occurrence, window = _check_update(ctx, public_id, new)
    set_window(ctx, row, occurrence, window)
    update = MaintenanceUpdateRow(
        public_id=new_id(),
        maintenance_id=row.id or 0,
        recurs_at=occurrence.recurs_at,
        status=new.status.value,
        body=new.body,
        posted_at=_latest_instant(ctx, row, occurrence),
        notify=new.notify,
    )
    ctx.session.add(update)
    after = {"status": new.status.value, "update": update.public_id}
    ctx.session.flush()
    record_posted_update(ctx, row, occurrence, window, update)
    return _done(ctx, row, "maintenance.update", occurrence, after)


def preview_maintenance_update(
    ctx: Ctx, public_id: str, new: NewMaintenanceUpdate
) -> MaintenanceRecord:
    """The window as `post_maintenance_update` would leave it, the new update first.

    Stores nothing. Raises what `post_maintenance_update` raises.
    """
    row, occurrence, window = _check_update(ctx, public_id, new)
    (planned,) = plans_of(ctx, [row])
    record = RecordMaker.of(ctx, [row]).record(planned, replace(occurrence, window=window))
    posted_at = _latest_instant(ctx, row, occurrence)
    update = MaintenanceUpdate(new_id(), new.status, new.body, posted_at, notify=new.notify)
    return replace(record, updates=(update, *record.updates), updated_at=ctx.now)


def edit_maintenance_update(
    ctx: Ctx, public_id: str, update_id: str, edit: MaintenanceUpdateEdit
) -> StaffMaintenance:
    """Change the text of an update or correct its time; the former text is kept.

    Where the update began, completed or cancelled the window, that time is corrected too. Raises
    ConflictError when there is a newer version of the text than `edit.seen` (`changed_meanwhile`);
    InvalidError when the time is in the future (`time_in_future`), before the maintenance was
    planned (`update_before_plan`), or lets the window end before it starts (`window_ends_first`);
    NotFoundError, ForbiddenError.
    """
    lock_maintenance(ctx, public_id)
    row, update, occurrence, window = _check_update_edit(ctx, public_id, update_id, edit)
    after = {"update": update_id}
    if edit.body is not None:
        update.body = with_history(
            ctx, update.body, edit.body, subject="maintenance.update", subject_id=update.id or 0
        )
    if edit.posted_at is not None:
        update.posted_at = edit.posted_at
        after["posted_at"] = edit.posted_at.isoformat()
    if window != occurrence.window:
        set_window(ctx, row, occurrence, window)
    update.edited_at = ctx.now
    return _done(ctx, row, "maintenance.update.edit", None, after)


def preview_maintenance_update_edit(
    ctx: Ctx, public_id: str, update_id: str, edit: MaintenanceUpdateEdit
) -> MaintenanceRecord:
    """The window of an update as `edit_maintenance_update` would leave it, with that update alone.

    Stores nothing. Raises what `edit_maintenance_update` raises.
    """
    row, _, occurrence, window = _check_update_edit(ctx, public_id, update_id, edit)
    _, update = find_update(ctx, public_id, update_id)
    edited = replace(
        update,
        body=update.body if edit.body is None else revised(update.body, edit.body),
        posted_at=edit.posted_at or update.posted_at,
        edited_at=ctx.now,
    )
    (planned,) = plans_of(ctx, [row])
    record = RecordMaker.of(ctx, [row]).record(planned, replace(occurrence, window=window))
    return replace(record, updates=(edited,))


def remove_maintenance_update(ctx: Ctx, public_id: str, update_id: str) -> StaffMaintenance:
    """Remove an update; visitors then read that the maintenance was edited, and when.

    The window keeps its status and its times. Raises NotFoundError, ForbiddenError.
    """
    lock_maintenance(ctx, public_id)
    row, update, occurrence = _check_update_of(ctx, public_id, update_id)
    update.removed_at = ctx.now
    set_window(ctx, row, occurrence, occurrence.window)
    return _done(ctx, row, "maintenance.update.remove", occurrence, {"update": update_id})


def preview_maintenance_update_removal(
    ctx: Ctx, public_id: str, update_id: str
) -> MaintenanceRecord:
    """The window of an update as `remove_maintenance_update` would leave it.

    Stores nothing. Raises what `remove_maintenance_update` raises.
    """
    _check_update_of(ctx, public_id, update_id)
    window, _ = find_update(ctx, public_id, update_id)
    left = tuple(each for each in window.updates if each.id != update_id)
    return replace(window, updates=left, updated_at=ctx.now, edited_at=ctx.now)


def list_removed_updates(ctx: Ctx, public_id: str) -> tuple[RemovedMaintenanceUpdate, ...]:
    """The removed updates of all windows of a maintenance, newest first. Raises NotFoundError."""
    ctx.require(Action.READ)
    number = required_maintenance(ctx, public_id).id or 0
    updates = maintenances.updates_of(ctx.session, [number]).get(number, [])
    return tuple(
        RemovedMaintenanceUpdate(
            MaintenanceStatus(each.status), each.body, each.posted_at, each.removed_at
        )
        for each in reversed(updates)
        if each.removed_at is not None
    )


def move_window(
    ctx: Ctx,
    public_id: str,
    occurrence: str | None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> StaffMaintenance:
    """Give one window other times; an end that has passed finishes it early.

    Raises NotFoundError, InvalidError, ForbiddenError, ConflictError.
    """
    ctx.require(Action.EDIT)
    row = lock_maintenance(ctx, public_id)
    chosen = _chosen(ctx, row, occurrence)
    window = _moved(chosen, ctx, starts_at, ends_at)
    set_window(ctx, row, chosen, window)
    _record_change(ctx, NoticeEvent.MAINTENANCE_CHANGED, row, chosen, window)
    return _done(ctx, row, "maintenance.move", chosen, _times(window))


def complete_maintenance(
    ctx: Ctx, public_id: str, occurrence: str | None = None
) -> StaffMaintenance:
    """Complete a window early. Raises NotFoundError, ConflictError unless it is going on."""
    ctx.require(Action.EDIT)
    row = lock_maintenance(ctx, public_id)
    chosen = _chosen(ctx, row, occurrence)
    # `stepped` allows a further update about a completed window; completing it again is an error.
    moved(chosen.window, ctx.now, starts_at=None, ends_at=None)
    window = stepped(chosen.window, MaintenanceStatus.COMPLETED, ctx.now)
    set_window(ctx, row, chosen, window)
    record_step(ctx, row, replace(chosen, window=window))
    return _done(ctx, row, "maintenance.complete", chosen, {})


def cancel_window(ctx: Ctx, public_id: str, occurrence: str) -> StaffMaintenance:
    """Cancel one window. Raises NotFoundError, ConflictError when it is over."""
    ctx.require(Action.EDIT)
    row = lock_maintenance(ctx, public_id)
    chosen = _chosen(ctx, row, occurrence)
    window = cancelled(chosen.window, ctx.now)
    set_window(ctx, row, chosen, window)
    _record_change(ctx, NoticeEvent.MAINTENANCE_CANCELLED, row, chosen, window)
    return _done(ctx, row, "maintenance.cancel", chosen, {})


def preview_move(
    ctx: Ctx,
    public_id: str,
    occurrence: str | None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> MaintenanceRecord:
    """The window as `move_window` would leave it. Stores nothing. Raises what it raises."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    chosen = _chosen(ctx, row, occurrence)
    window = _moved(chosen, ctx, starts_at, ends_at)
    (planned,) = plans_of(ctx, [row])
    return RecordMaker.of(ctx, [row]).record(planned, replace(chosen, window=window))


def reinstate_window(ctx: Ctx, public_id: str, occurrence: str) -> StaffMaintenance:
    """Take back the cancellation of one window of a recurring maintenance.

    Raises NotFoundError, ForbiddenError; ConflictError when it is not cancelled (`not_cancelled`),
    would be over by now (`maintenance_over`), or when the whole maintenance is cancelled
    (`maintenance_cancelled`).
    """
    lock_maintenance(ctx, public_id)
    row, chosen, window = _check_reinstatement(ctx, public_id, occurrence)
    set_window(ctx, row, chosen, window)
    _record_change(ctx, NoticeEvent.MAINTENANCE_CHANGED, row, chosen, window)
    return _done(ctx, row, "maintenance.reinstate", chosen, {})


def preview_reinstatement(ctx: Ctx, public_id: str, occurrence: str) -> MaintenanceRecord:
    """The window as `reinstate_window` would leave it. Stores nothing. Raises what it raises."""
    row, chosen, window = _check_reinstatement(ctx, public_id, occurrence)
    (planned,) = plans_of(ctx, [row])
    return RecordMaker.of(ctx, [row]).record(planned, replace(chosen, window=window))


def _check_reinstatement(
    ctx: Ctx, public_id: str, occurrence: str
) -> tuple[MaintenanceRow, Occurrence, Window]:
    """The maintenance, the cancelled window, and the window after its reinstatement."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    chosen = _chosen(ctx, row, occurrence)
    if row.cancelled_at is not None:
        raise ConflictError(
            "The whole maintenance is cancelled: reinstate it first.",
            code="maintenance_cancelled",
        )
    return row, chosen, reinstated(chosen.window, ctx.now)


def _check_update(
    ctx: Ctx, public_id: str, new: NewMaintenanceUpdate
) -> tuple[MaintenanceRow, Occurrence, Window]:
    """The maintenance, the window of a new update, and the window after its status is set."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    occurrence = _chosen(ctx, row, new.occurrence)
    window = stepped(occurrence.window, new.status, _latest_instant(ctx, row, occurrence))
    return row, occurrence, window


def _latest_instant(ctx: Ctx, row: MaintenanceRow, occurrence: Occurrence) -> datetime:
    """Now, or the time of the newest update of the window, if that one is later.

    The clock of the machine that took the update may have been ahead.
    """
    updates = maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    times = [each.posted_at for each in updates if each.recurs_at == occurrence.recurs_at]
    return max([ctx.now, *times])


def _check_update_edit(
    ctx: Ctx, public_id: str, update_id: str, edit: MaintenanceUpdateEdit
) -> tuple[MaintenanceRow, MaintenanceUpdateRow, Occurrence, Window]:
    """The maintenance, the update, its window, and the window after the edit."""
    row, update, occurrence = _check_update_of(ctx, public_id, update_id)
    check_unchanged(edit.seen, update.edited_at)
    window, at = occurrence.window, edit.posted_at
    if at is not None:
        check_past(at, now=ctx.now, field="posted_at")
        if at < row.created_at:
            raise InvalidError(
                "An update must not be earlier than the creation of its maintenance.",
                code="update_before_plan",
                field="posted_at",
            )
        window = retimed(window, MaintenanceStatus(update.status), update.posted_at, at)
    return row, update, occurrence, window


def _check_update_of(
    ctx: Ctx, public_id: str, update_id: str
) -> tuple[MaintenanceRow, MaintenanceUpdateRow, Occurrence]:
    """The maintenance, an update of it, and the window of the update, once it may be changed."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    update = None
    if is_public_id(update_id):
        update = maintenances.find_update(ctx.session, row.id or 0, update_id)
    update = required(update, "This maintenance has no such update.", code="update_not_found")
    (planned,) = plans_of(ctx, [row])
    occurrence = next(
        (each for each in planned.occurrences(ctx) if each.recurs_at == update.recurs_at), None
    )
    occurrence = required(
        occurrence, "This maintenance has no such update.", code="update_not_found"
    )
    return row, update, occurrence


def _chosen(ctx: Ctx, row: MaintenanceRow, occurrence: str | None) -> Occurrence:
    (planned,) = plans_of(ctx, [row])
    found = None
    if occurrence is None:
        found = current(planned.occurrences(ctx), ctx.now)
    else:
        recurs_at = parse_occurrence_id(occurrence)
        if planned.plan.recurs and recurs_at is not None and planned.plan.has(recurs_at):
            found = planned.plan.at(recurs_at)
    return required(
        found, "This maintenance has no window that begins then.", code="occurrence_not_found"
    )


def _moved(
    chosen: Occurrence, ctx: Ctx, starts_at: datetime | None, ends_at: datetime | None
) -> Window:
    return moved(
        chosen.window,
        ctx.now,
        starts_at=None if starts_at is None else check_time(starts_at, field="starts_at"),
        ends_at=None if ends_at is None else check_time(ends_at, field="ends_at"),
    )


def _record_change(
    ctx: Ctx, event: NoticeEvent, row: MaintenanceRow, before: Occurrence, after: Window
) -> None:
    record_change(ctx, event, row, after, recurs_at=before.recurs_at, former=before.window)


def _done(
    ctx: Ctx,
    row: MaintenanceRow,
    action: str,
    chosen: Occurrence | None,
    after: dict[str, str],
) -> StaffMaintenance:
    if chosen is not None and chosen.recurs_at is not None:
        after = {"occurrence": occurrence_id(chosen.recurs_at), **after}
    if row.recurrence is None:
        row.updated_at = ctx.now
    if row.published_at is not None:
        ctx.touch()
    audit.record(ctx, action, "maintenance", row.public_id, after=after or None)
    return staff_maintenance(ctx, row)


def _times(window: Window) -> dict[str, str]:
    return {"starts_at": window.starts_at.isoformat(), "ends_at": window.ends_at.isoformat()}
