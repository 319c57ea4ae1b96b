"""What staff do with planned windows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.db import maintenances
from app.db.tables import MaintenanceRow
from app.domain.errors import InvalidError, NotFoundError
from app.domain.localized import LocalizedText
from app.domain.maintenance import cancelled, check_window, moved
from app.domain.pages import MaintenanceRecord
from app.domain.permissions import Action
from app.domain.texts import check_time, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id
from app.usecases.former_texts import revised
from app.usecases.maintenance_records import maintenance_records, window_of
from app.usecases.paging import Page, page_of
from app.usecases.recurrence import check_recurrence
from app.usecases.services import service_ids

__all__ = [
    "MaintenanceChanges",
    "NewMaintenance",
    "StaffMaintenance",
    "cancel_maintenance",
    "edit_maintenance",
    "get_maintenance",
    "list_maintenances",
    "plan_maintenance",
]


@dataclass(frozen=True, slots=True)
class NewMaintenance:
    """A window to be planned. `recurrence` is an RRULE in the page's zone."""

    title: LocalizedText
    body: LocalizedText
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class MaintenanceChanges:
    """What to change of a window; None leaves a thing as it is."""

    title: LocalizedText | None = None
    body: LocalizedText | None = None
    services: tuple[str, ...] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recurrence: str | None = None
    ends_recurrence: bool = False


@dataclass(frozen=True, slots=True)
class StaffMaintenance:
    """A window as staff see it."""

    maintenance: MaintenanceRecord
    recurrence: str | None
    published_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime


def plan_maintenance(ctx: Ctx, new: NewMaintenance) -> StaffMaintenance:
    """Plan a window and show it to visitors. Raises InvalidError, ForbiddenError."""
    ctx.require(Action.EDIT)
    starts_at = check_time(new.starts_at, field="starts_at")
    ends_at = check_time(new.ends_at, field="ends_at")
    check_window(starts_at, ends_at)
    row = MaintenanceRow(
        public_id=new_id(),
        title=new.title,
        body=new.body,
        starts_at=starts_at,
        ends_at=ends_at,
        recurrence=_checked(new.recurrence, starts_at),
        created_at=ctx.now,
        updated_at=ctx.now,
        published_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    _name(ctx, row, new.services)
    ctx.touch()
    audit.record(ctx, "maintenance.plan", "maintenance", row.public_id, after=_times(row))
    return _record(ctx, row)


def edit_maintenance(ctx: Ctx, public_id: str, changes: MaintenanceChanges) -> StaffMaintenance:
    """Change what is given; an end that has passed finishes the window early.

    Raises NotFoundError, InvalidError, ForbiddenError; ConflictError for times of a window that
    is over, or has begun.
    """
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    before = _times(row)
    _move(ctx, row, changes)
    if changes.title is not None:
        row.title = _reworded(ctx, row, "title", changes.title)
    if changes.body is not None:
        row.body = _reworded(ctx, row, "body", changes.body)
    if changes.services is not None:
        _name(ctx, row, changes.services)
    if changes.recurrence is not None or changes.ends_recurrence:
        row.recurrence = _checked(changes.recurrence, row.starts_at)
    row.updated_at = ctx.now
    ctx.touch()
    audit.record(
        ctx, "maintenance.edit", "maintenance", row.public_id, before=before, after=_times(row)
    )
    return _record(ctx, row)


def cancel_maintenance(ctx: Ctx, public_id: str) -> None:
    """Call a window off. Raises NotFoundError, ForbiddenError, ConflictError when it is over."""
    ctx.require(Action.EDIT)
    row = _required(ctx, public_id)
    row.cancelled_at = cancelled(window_of(row), ctx.now).cancelled_at
    row.updated_at = ctx.now
    ctx.touch()
    audit.record(ctx, "maintenance.cancel", "maintenance", row.public_id)


def get_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """The window with this id. Raises NotFoundError."""
    ctx.require(Action.READ)
    return _record(ctx, _required(ctx, public_id))


def list_maintenances(ctx: Ctx, *, cursor: str | None, limit: int) -> Page[StaffMaintenance]:
    """Windows, cancelled ones too, newest first."""
    ctx.require(Action.READ)
    return page_of(
        lambda before, size: maintenances.list_maintenances(ctx.session, before=before, limit=size),
        lambda row: _record(ctx, row),
        cursor=cursor,
        limit=limit,
    )


def _move(ctx: Ctx, row: MaintenanceRow, changes: MaintenanceChanges) -> None:
    starts_at, ends_at = changes.starts_at, changes.ends_at
    if starts_at is None and ends_at is None:
        return
    window = moved(
        window_of(row),
        ctx.now,
        starts_at=None if starts_at is None else check_time(starts_at, field="starts_at"),
        ends_at=None if ends_at is None else check_time(ends_at, field="ends_at"),
    )
    row.starts_at, row.ends_at = window.starts_at, window.ends_at


def _checked(recurrence: str | None, starts_at: datetime) -> str | None:
    return None if recurrence is None else check_recurrence(recurrence, starts_at=starts_at)


def _name(ctx: Ctx, row: MaintenanceRow, slugs: Collection[str]) -> None:
    if not slugs:
        raise InvalidError("Name at least one service.", code="no_service", field="services")
    ids = service_ids(ctx, slugs, field="services")
    maintenances.replace_services(ctx.session, row.id or 0, ids.values())


def _reworded(ctx: Ctx, row: MaintenanceRow, part: str, new: LocalizedText) -> LocalizedText:
    former = row.title if part == "title" else row.body
    return revised(ctx, former, new, subject=f"maintenance.{part}", subject_id=row.id or 0)


def _times(row: MaintenanceRow) -> dict[str, str | None]:
    return {
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "recurrence": row.recurrence,
    }


def _required(ctx: Ctx, public_id: str) -> MaintenanceRow:
    row = None
    if is_public_id(public_id):
        row = maintenances.find_maintenance(ctx.session, public_id)
    if row is None:
        raise NotFoundError("There is no such maintenance.", code="maintenance_not_found")
    return row


def _record(ctx: Ctx, row: MaintenanceRow) -> StaffMaintenance:
    ctx.session.flush()
    (record,) = maintenance_records(ctx, [row])
    return StaffMaintenance(
        maintenance=record,
        recurrence=row.recurrence,
        published_at=row.published_at,
        cancelled_at=row.cancelled_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
