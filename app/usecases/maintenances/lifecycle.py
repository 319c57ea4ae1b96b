"""What staff do with planned maintenances as a whole."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow
from app.domain.errors import ConflictError, InvalidError
from app.domain.localized_text import LocalizedText
from app.domain.maintenances.maintenance import OVER, cancelled, check_window
from app.domain.maintenances.occurrences import current
from app.domain.page.records import MaintenanceRecord
from app.domain.permissions import Action
from app.domain.validation import check_time, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.maintenances.records import RecordMaker
from app.usecases.maintenances.schedule import plans_of
from app.usecases.maintenances.series import NewTimes, reschedule, set_window, start_series
from app.usecases.pagination import Page, page_of
from app.usecases.services.services import service_ids
from app.usecases.text_history import check_unchanged, revised

__all__ = [
    "MaintenanceChanges",
    "NewMaintenance",
    "StaffMaintenance",
    "cancel_maintenance",
    "edit_maintenance",
    "get_maintenance",
    "list_maintenances",
    "list_waiting",
    "plan_maintenance",
    "publish_maintenance",
    "required_maintenance",
    "staff_maintenance",
]

_FAR = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewMaintenance:
    """A window to be planned, a draft unless `publish`. `recurrence` is an RRULE.

    `notify` is whether subscribers are to hear of the plan.
    """

    title: LocalizedText
    body: LocalizedText
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None = None
    publish: bool = True
    notify: bool = True


@dataclass(frozen=True, slots=True)
class MaintenanceChanges:
    """What to change; None leaves a thing as it is.

    Times and the rule are those of the whole: of windows that recur, those that have begun stay.
    """

    title: LocalizedText | None = None
    body: LocalizedText | None = None
    services: tuple[str, ...] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recurrence: str | None = None
    ends_recurrence: bool = False

    @property
    def says_something(self) -> bool:
        """Whether it has words for visitors."""
        return self.title is not None or self.body is not None


@dataclass(frozen=True, slots=True)
class StaffMaintenance:
    """A maintenance as staff see it.

    `maintenance` is its window that is going on, or else the next one, or else the last;
    `starts_at` and `ends_at` are those of the first window of its rule.
    """

    id: str
    maintenance: MaintenanceRecord
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    published_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    notify: bool = True


def plan_maintenance(ctx: Ctx, new: NewMaintenance) -> StaffMaintenance:
    """Plan a maintenance. Raises InvalidError, ForbiddenError.

    One that recurs begins on the first day of its rule, at or after `starts_at`.
    """
    ctx.require(Action.EDIT)
    check_second_person(ctx, public=new.publish)
    starts_at = check_time(new.starts_at, field="starts_at")
    ends_at = check_time(new.ends_at, field="ends_at")
    check_window(starts_at, ends_at)
    row = MaintenanceRow(
        public_id=new_id(),
        title=new.title,
        body=new.body,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=ctx.now,
        updated_at=ctx.now,
        published_at=ctx.now if new.publish else None,
        notify=new.notify,
    )
    if new.recurrence is not None:
        start_series(ctx, row, new.recurrence)
    ctx.session.add(row)
    ctx.session.flush()
    _name(ctx, row, new.services)
    _touch(ctx, row)
    audit.record(ctx, "maintenance.plan", "maintenance", row.public_id, after=_times(row))
    return staff_maintenance(ctx, row)


def edit_maintenance(
    ctx: Ctx, public_id: str, changes: MaintenanceChanges, *, seen: str | None = None
) -> StaffMaintenance:
    """Change what is given; an end that has passed finishes a single window early.

    `seen` is the `updated_at` that the author had before the eyes. Raises NotFoundError,
    InvalidError, ForbiddenError; ConflictError for times of what is over, or has begun, and when
    somebody has changed it since `seen` (`changed_meanwhile`).
    """
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=changes.says_something and row.published_at is not None)
    check_unchanged(seen, staff_maintenance(ctx, row).updated_at)
    before = _times(row)
    times = NewTimes(
        changes.starts_at, changes.ends_at, changes.recurrence, changes.ends_recurrence
    )
    reschedule(ctx, row, times)
    if changes.title is not None:
        row.title = _reworded(ctx, row, "title", changes.title)
    if changes.body is not None:
        row.body = _reworded(ctx, row, "body", changes.body)
    if changes.services is not None:
        _name(ctx, row, changes.services)
    row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(
        ctx, "maintenance.edit", "maintenance", row.public_id, before=before, after=_times(row)
    )
    return staff_maintenance(ctx, row)


def publish_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """Show a draft to visitors. Raises NotFoundError, ConflictError when it is public already."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    if row.published_at is not None:
        raise ConflictError("This maintenance is published already.", code="already_published")
    check_second_person(ctx)
    row.published_at = row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(ctx, "maintenance.publish", "maintenance", row.public_id)
    return staff_maintenance(ctx, row)


def cancel_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """Call off everything that is not over. Raises NotFoundError, ForbiddenError, ConflictError."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    (planned,) = plans_of(ctx, [row])
    this = current(planned.told(ctx), ctx.now)
    if this is None:
        raise ConflictError("This maintenance is over.", code="maintenance_over")
    window = cancelled(this.window, ctx.now)
    if this.recurs_at is not None and window.starts_at <= ctx.now:
        set_window(ctx, row, this, window)
    row.cancelled_at = row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(ctx, "maintenance.cancel", "maintenance", row.public_id)
    return staff_maintenance(ctx, row)


def get_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """The maintenance with this id. Raises NotFoundError."""
    ctx.require(Action.READ)
    return staff_maintenance(ctx, required_maintenance(ctx, public_id))


def list_maintenances(ctx: Ctx, *, cursor: str | None, limit: int) -> Page[StaffMaintenance]:
    """Maintenances, drafts and cancelled ones too, newest first."""
    ctx.require(Action.READ)
    return page_of(
        lambda before, size: maintenances.list_maintenances(ctx.session, before=before, limit=size),
        lambda row: staff_maintenance(ctx, row),
        cursor=cursor,
        limit=limit,
    )


def list_waiting(ctx: Ctx) -> tuple[StaffMaintenance, ...]:
    """Those under way and to come, drafts too, soonest first."""
    ctx.require(Action.READ)
    rows = maintenances.planned_between(ctx.session, since=ctx.now, until=_FAR)
    found = [staff_maintenance(ctx, row) for row in rows]
    waiting = [each for each in found if each.maintenance.status not in OVER]
    return tuple(sorted(waiting, key=lambda each: (each.maintenance.starts_at, each.id)))


def required_maintenance(ctx: Ctx, public_id: str) -> MaintenanceRow:
    """The row of a maintenance that is there. Raises NotFoundError."""
    row = None
    if is_public_id(public_id):
        row = maintenances.find_maintenance(ctx.session, public_id)
    return required(row, "There is no such maintenance.", code="maintenance_not_found")


def staff_maintenance(ctx: Ctx, row: MaintenanceRow) -> StaffMaintenance:
    """The maintenance as staff see it."""
    ctx.session.flush()
    (planned,) = plans_of(ctx, [row])
    this = current(planned.told(ctx), ctx.now) or planned.plan.at(row.starts_at)
    record = RecordMaker.of(ctx, [row]).record(planned, this)
    return StaffMaintenance(
        id=row.public_id,
        maintenance=record,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        recurrence=row.recurrence,
        published_at=row.published_at,
        cancelled_at=row.cancelled_at,
        created_at=row.created_at,
        updated_at=max([row.updated_at, *(each.updated_at for each in planned.changed)]),
        notify=row.notify,
    )


def _touch(ctx: Ctx, row: MaintenanceRow) -> None:
    if row.published_at is not None:
        ctx.touch()


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
