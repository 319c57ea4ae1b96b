"""What staff do with one window of a maintenance: move it, speak of it, end it, call it off.

A maintenance that does not recur has one window. Of one that does, a window is named by when its
rule lets it begin (`20300106T020000Z`); unnamed it is the one that is going on, or the next one.
"""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow
from app.domain.localized_text import LocalizedText
from app.domain.maintenances.maintenance import Window, cancelled, moved, stepped
from app.domain.maintenances.occurrences import Occurrence, current, parse_stamp, stamp_of
from app.domain.page.records import MaintenanceRecord
from app.domain.permissions import Action
from app.domain.statuses import MaintenanceStatus
from app.domain.validation import check_time, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.maintenances.lifecycle import (
    StaffMaintenance,
    required_maintenance,
    staff_maintenance,
)
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.schedule import plans_of
from app.usecases.maintenances.series import set_window
from app.usecases.text_history import check_unchanged, revised

__all__ = [
    "NewMaintenanceUpdate",
    "cancel_window",
    "complete_maintenance",
    "edit_maintenance_update",
    "list_windows",
    "move_window",
    "post_maintenance_update",
]

_AHEAD = 10


@dataclass(frozen=True, slots=True)
class NewMaintenanceUpdate:
    """One message and the status that it sets; `occurrence` names the window it is about."""

    status: MaintenanceStatus
    body: LocalizedText
    occurrence: str | None = None
    notify: bool = True


def list_windows(ctx: Ctx, public_id: str) -> tuple[MaintenanceRecord, ...]:
    """The latest windows that began and the next ones, in order. Raises NotFoundError."""
    ctx.require(Action.READ)
    row = required_maintenance(ctx, public_id)
    (planned,) = plans_of(ctx, [row])
    maker = RecordMaker.of(ctx, [row])
    return tuple(maker.record(planned, each) for each in planned.told(ctx, ahead=_AHEAD))


def post_maintenance_update(
    ctx: Ctx, public_id: str, new: NewMaintenanceUpdate
) -> StaffMaintenance:
    """Say something about a window, which may begin it early, end it or call it off.

    Raises NotFoundError, ForbiddenError; ConflictError when the status cannot follow on the one
    that the window has.
    """
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    this = _chosen(ctx, row, new.occurrence)
    window = stepped(this.window, new.status, ctx.now)
    set_window(ctx, row, this, window)
    update = MaintenanceUpdateRow(
        public_id=new_id(),
        maintenance_id=row.id or 0,
        recurs_at=this.recurs_at,
        status=new.status.value,
        body=new.body,
        posted_at=ctx.now,
        notify=new.notify,
    )
    ctx.session.add(update)
    after = {"status": new.status.value, "update": update.public_id}
    return _done(ctx, row, "maintenance.update", this, after)


def edit_maintenance_update(
    ctx: Ctx, public_id: str, update_id: str, *, body: LocalizedText, seen: str | None = None
) -> StaffMaintenance:
    """Word an update better; the former text is kept.

    `seen` is the stamp of the text that the author began with: ConflictError (`changed_meanwhile`)
    when it is another by now. Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=row.published_at is not None)
    update = None
    if is_public_id(update_id):
        update = maintenances.find_update(ctx.session, row.id or 0, update_id)
    update = required(update, "This maintenance has no such update.", code="update_not_found")
    check_unchanged(seen, update.edited_at)
    update.body = revised(
        ctx, update.body, body, subject="maintenance.update", subject_id=update.id or 0
    )
    update.edited_at = ctx.now
    return _done(ctx, row, "maintenance.update.edit", None, {"update": update_id})


def move_window(
    ctx: Ctx,
    public_id: str,
    occurrence: str | None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> StaffMaintenance:
    """Give one window other times: extend it, or finish it by an end that has passed.

    Raises NotFoundError, InvalidError, ForbiddenError, ConflictError.
    """
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    this = _chosen(ctx, row, occurrence)
    window = moved(
        this.window,
        ctx.now,
        starts_at=None if starts_at is None else check_time(starts_at, field="starts_at"),
        ends_at=None if ends_at is None else check_time(ends_at, field="ends_at"),
    )
    set_window(ctx, row, this, window)
    return _done(ctx, row, "maintenance.move", this, _times(window))


def complete_maintenance(
    ctx: Ctx, public_id: str, occurrence: str | None = None
) -> StaffMaintenance:
    """Finish a window early. Raises NotFoundError, ConflictError unless it is going on."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    this = _chosen(ctx, row, occurrence)
    # It is said of what is completed as well, but to complete that again means nothing.
    moved(this.window, ctx.now, starts_at=None, ends_at=None)
    set_window(ctx, row, this, stepped(this.window, MaintenanceStatus.COMPLETED, ctx.now))
    return _done(ctx, row, "maintenance.complete", this, {})


def cancel_window(ctx: Ctx, public_id: str, occurrence: str) -> StaffMaintenance:
    """Call one window off. Raises NotFoundError, ConflictError when it is over."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    this = _chosen(ctx, row, occurrence)
    set_window(ctx, row, this, cancelled(this.window, ctx.now))
    return _done(ctx, row, "maintenance.cancel", this, {})


def _chosen(ctx: Ctx, row: MaintenanceRow, occurrence: str | None) -> Occurrence:
    (planned,) = plans_of(ctx, [row])
    found = None
    if occurrence is None:
        found = current(planned.told(ctx), ctx.now)
    else:
        recurs_at = parse_stamp(occurrence)
        if planned.plan.recurs and recurs_at is not None and planned.plan.has(recurs_at):
            found = planned.plan.at(recurs_at)
    return required(
        found, "This maintenance has no window that begins then.", code="occurrence_not_found"
    )


def _done(
    ctx: Ctx,
    row: MaintenanceRow,
    action: str,
    this: Occurrence | None,
    after: dict[str, str],
) -> StaffMaintenance:
    if this is not None and this.recurs_at is not None:
        after = {"occurrence": stamp_of(this.recurs_at), **after}
    if row.recurrence is None:
        row.updated_at = ctx.now
    if row.published_at is not None:
        ctx.touch()
    audit.record(ctx, action, "maintenance", row.public_id, after=after or None)
    return staff_maintenance(ctx, row)


def _times(window: Window) -> dict[str, str]:
    return {"starts_at": window.starts_at.isoformat(), "ends_at": window.ends_at.isoformat()}
