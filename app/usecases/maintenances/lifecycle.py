"""Life cycle of a maintenance: plan, edit, publish, cancel.

Each verb of a publication command has a preview, which raises its errors and stores nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.db.base import Row
from app.db.queries import maintenances, services
from app.db.tables import MaintenanceRow, MaintenanceUpdateRow, OccurrenceRow
from app.db.text_json import StoredLocalizedText
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.maintenances.local_times import NOT_SKIPPED, TypedTimes
from app.domain.maintenances.maintenance import OVER, cancelled, check_window, window_status
from app.domain.maintenances.occurrences import current
from app.domain.notifications.events import NoticeEvent
from app.domain.permissions import Action
from app.domain.publication import Subject, SubjectKind
from app.domain.records import MaintenanceRecord
from app.domain.validation import check_time, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.four_eyes import check_second_person
from app.usecases.maintenances.records import RecordMaker, affected_services
from app.usecases.maintenances.recurrence import first_window, window_from
from app.usecases.maintenances.schedule import (
    Planned,
    current_window,
    planned_with,
    plans_of,
    zone_of,
)
from app.usecases.maintenances.series import (
    NewTimes,
    Reschedule,
    apply_reschedule,
    changed_windows,
    check_reschedule,
    set_first_window,
    set_window,
)
from app.usecases.notices.maintenance_notices import record_change, record_plan
from app.usecases.services.services import service_ids
from app.usecases.text_history import check_unchanged, revised, with_history
from app.usecases.title_search import languages_of_titles, search_form

__all__ = [
    "MaintenanceChanges",
    "NewMaintenance",
    "StaffMaintenance",
    "cancel_maintenance",
    "check_reinstatement",
    "copy_of",
    "edit_maintenance",
    "get_maintenance",
    "lock_maintenance",
    "may_reinstate",
    "plan_maintenance",
    "preview_edit",
    "preview_plan",
    "preview_publication",
    "publish_maintenance",
    "reinstate_maintenance",
    "required_maintenance",
    "staff_maintenance",
    "staff_maintenances",
]

RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class NewMaintenance:
    """A maintenance to be planned; a draft unless `publish`. `recurrence` is an RRULE.

    `notify` is whether the plan notifies subscribers. `typed` are the local times that clocks skip
    on the day of the first window.
    """

    title: StoredLocalizedText
    body: StoredLocalizedText
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None = None
    publish: bool = True
    notify: bool = True
    typed: TypedTimes = NOT_SKIPPED


@dataclass(frozen=True, slots=True)
class MaintenanceChanges:
    """Changes of a maintenance; None keeps a value. `ends_recurrence` removes the rule.

    Times and rule are those of the whole maintenance: windows that have begun keep theirs.
    """

    title: StoredLocalizedText | None = None
    body: StoredLocalizedText | None = None
    services: tuple[str, ...] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recurrence: str | None = None
    ends_recurrence: bool = False
    typed: TypedTimes = NOT_SKIPPED

    @property
    def has_text(self) -> bool:
        """Whether visitors would read a new text."""
        return self.title is not None or self.body is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to change."""
        return not (self.has_text or self.services is not None or not self.times.is_empty)

    @property
    def times(self) -> NewTimes:
        """The new times."""
        return NewTimes(
            self.starts_at, self.ends_at, self.recurrence, self.ends_recurrence, self.typed
        )


@dataclass(frozen=True, slots=True)
class StaffMaintenance:
    """A maintenance for staff, a draft too.

    `maintenance` is the window that is going on, or else the next one, or else the last;
    `starts_at` and `ends_at` are those of the first window of the rule.
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

    @property
    def subject(self) -> Subject:
        """The maintenance as the subject of a text."""
        return Subject(SubjectKind.MAINTENANCE, self.id)


def plan_maintenance(ctx: Ctx, new: NewMaintenance) -> StaffMaintenance:
    """Plan a maintenance. Raises InvalidError, ForbiddenError.

    A recurring one begins on the first day of its rule, at or after `starts_at`.
    """
    row, numbers = _check_plan(ctx, new)
    ctx.session.add(row)
    ctx.session.flush()
    maintenances.replace_services(ctx.session, row.id or 0, numbers)
    _touch(ctx, row)
    audit.record(ctx, "maintenance.plan", "maintenance", row.public_id, after=_times(row))
    record_plan(ctx, row, current_window(ctx, row))
    return staff_maintenance(ctx, row)


def preview_plan(ctx: Ctx, new: NewMaintenance) -> StaffMaintenance:
    """The maintenance that `plan_maintenance` would return, with another id. Stores nothing.

    Raises what `plan_maintenance` raises.
    """
    row, numbers = _check_plan(ctx, new)
    return _unstored(ctx, row, numbers=numbers)


def edit_maintenance(
    ctx: Ctx, public_id: str, changes: MaintenanceChanges, *, seen: str | None = None
) -> StaffMaintenance:
    """Change a maintenance; an end that has passed finishes a single window early.

    `seen` is the version with which the author began. Raises NotFoundError, InvalidError,
    ForbiddenError; ConflictError for times of a maintenance that is over or has begun, and when
    there is a newer version than `seen` (`changed_meanwhile`).
    """
    lock_maintenance(ctx, public_id)
    row, new_times, numbers = _check_edit(ctx, public_id, changes, seen)
    before, former = _times(row), current_window(ctx, row)
    named = maintenances.services_of_maintenances(ctx.session, [row.id or 0]).get(row.id or 0)
    if new_times is not None:
        apply_reschedule(ctx, row, new_times)
    number = row.id or 0
    if changes.title is not None:
        row.title = with_history(
            ctx, row.title, changes.title, subject="maintenance.title", subject_id=number
        )
        row.title_search = search_form(row.title, languages_of_titles(ctx))
    if changes.body is not None:
        row.body = with_history(
            ctx, row.body, changes.body, subject="maintenance.body", subject_id=number
        )
    if numbers is not None:
        maintenances.replace_services(ctx.session, number, numbers)
    row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(
        ctx, "maintenance.edit", "maintenance", row.public_id, before=before, after=_times(row)
    )
    if before != _times(row) or numbers not in (None, named):
        event = NoticeEvent.MAINTENANCE_CHANGED
        record_change(ctx, event, row, current_window(ctx, row), former=former)
    return staff_maintenance(ctx, row)


def preview_edit(
    ctx: Ctx, public_id: str, changes: MaintenanceChanges, *, seen: str | None = None
) -> StaffMaintenance:
    """The maintenance that `edit_maintenance` would return. Stores nothing. Raises as it does."""
    row, new_times, numbers = _check_edit(ctx, public_id, changes, seen)
    edited = copy_of(
        row,
        title=row.title if changes.title is None else revised(row.title, changes.title),
        body=row.body if changes.body is None else revised(row.body, changes.body),
        updated_at=ctx.now,
    )
    updates = maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    if new_times is not None:
        set_first_window(edited, new_times)
        if any(each.recurs_at is None for each in new_times.begun):
            # The only window so far becomes the first one of the rule.
            edited.verifying_at = edited.completed_at = None
            updates = [copy_of(each, recurs_at=row.starts_at) for each in updates]
    changed = changed_windows(ctx, row, new_times)
    return _unstored(ctx, edited, changed, updates, numbers=numbers)


def publish_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """Publish a draft. Raises NotFoundError, ConflictError when it is published already."""
    lock_maintenance(ctx, public_id)
    row = _check_publication(ctx, public_id)
    row.published_at = row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(ctx, "maintenance.publish", "maintenance", row.public_id)
    record_plan(ctx, row, current_window(ctx, row))
    return staff_maintenance(ctx, row)


def preview_publication(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """The maintenance that `publish_maintenance` would return. Stores nothing.

    Raises what `publish_maintenance` raises.
    """
    row = _check_publication(ctx, public_id)
    published = copy_of(row, published_at=ctx.now, updated_at=ctx.now)
    updates = maintenances.updates_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    return _unstored(ctx, published, changed_windows(ctx, row, None), updates)


def cancel_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """Cancel all windows that are not over.

    Raises NotFoundError, ForbiddenError, and ConflictError when the maintenance is over.
    """
    ctx.require(Action.EDIT)
    row = lock_maintenance(ctx, public_id)
    (planned,) = plans_of(ctx, [row])
    latest = current(planned.occurrences(ctx), ctx.now)
    if latest is None:
        raise ConflictError("This maintenance is over.", code="maintenance_over")
    window = cancelled(latest.window, ctx.now)
    if latest.recurs_at is not None and window.starts_at <= ctx.now:
        set_window(ctx, row, latest, window)
    row.cancelled_at = row.updated_at = ctx.now
    _touch(ctx, row)
    audit.record(ctx, "maintenance.cancel", "maintenance", row.public_id)
    record_change(ctx, NoticeEvent.MAINTENANCE_CANCELLED, row, window)
    return staff_maintenance(ctx, row)


def reinstate_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """Take back the cancellation of a maintenance: windows that are not over take place again.

    A window that was cancelled by itself before stays cancelled. Raises NotFoundError,
    ForbiddenError; ConflictError when it is not cancelled (`not_cancelled`), or when all of its
    windows would be over by now (`maintenance_over`).
    """
    lock_maintenance(ctx, public_id)
    row, windows = _check_reinstatement(ctx, public_id)
    for each in windows:
        each.cancelled_at, each.updated_at = None, ctx.now
    row.cancelled_at, row.updated_at = None, ctx.now
    _touch(ctx, row)
    audit.record(ctx, "maintenance.reinstate", "maintenance", row.public_id)
    record_change(ctx, NoticeEvent.MAINTENANCE_CHANGED, row, current_window(ctx, row))
    return staff_maintenance(ctx, row)


def check_reinstatement(ctx: Ctx, public_id: str) -> None:
    """Raise what `reinstate_maintenance` would raise. Stores nothing."""
    _check_reinstatement(ctx, public_id)


def may_reinstate(ctx: Ctx, public_id: str) -> bool:
    """Whether the actor can reinstate the maintenance now. Raises NotFoundError."""
    try:
        _check_reinstatement(ctx, public_id)
    except (ConflictError, ForbiddenError):
        return False
    return True


def get_maintenance(ctx: Ctx, public_id: str) -> StaffMaintenance:
    """One maintenance for staff, a draft too. Raises NotFoundError."""
    ctx.require(Action.READ)
    return staff_maintenance(ctx, required_maintenance(ctx, public_id))


def required_maintenance(ctx: Ctx, public_id: str) -> MaintenanceRow:
    """The row of a maintenance that is not deleted. Raises NotFoundError."""
    row = None
    if is_public_id(public_id):
        row = maintenances.find_maintenance(ctx.session, public_id)
    return required(row, "There is no such maintenance.", code="maintenance_not_found")


def lock_maintenance(ctx: Ctx, public_id: str) -> MaintenanceRow:
    """The row of a maintenance that is not deleted, locked until the transaction ends.

    Every change locks first and checks then: a draft cannot be published between the check that it
    is one and the change of its text. Raises NotFoundError.
    """
    row = None
    if is_public_id(public_id):
        row = maintenances.lock_maintenance(ctx.session, public_id)
    return required(row, "There is no such maintenance.", code="maintenance_not_found")


def staff_maintenance(ctx: Ctx, row: MaintenanceRow) -> StaffMaintenance:
    """The record of one maintenance for staff."""
    (record,) = staff_maintenances(ctx, [row])
    return record


def staff_maintenances(ctx: Ctx, rows: Sequence[MaintenanceRow]) -> tuple[StaffMaintenance, ...]:
    """The records of these maintenances for staff, in their order."""
    ctx.session.flush()
    maker = RecordMaker.of(ctx, rows)
    return tuple(_staff_record(ctx, planned, maker) for planned in plans_of(ctx, rows))


def copy_of(row: RowT, **changes: object) -> RowT:
    """A copy of a row that belongs to no session: changing it stores nothing."""
    values = {name: getattr(row, name) for name in type(row).model_fields}
    return type(row)(**{**values, **changes})


def _unstored(
    ctx: Ctx,
    row: MaintenanceRow,
    changed: Sequence[OccurrenceRow] = (),
    updates: Sequence[MaintenanceUpdateRow] = (),
    *,
    numbers: Sequence[int] | None = None,
) -> StaffMaintenance:
    """The record of a row outside the session; `numbers` are its services, None if unchanged."""
    if numbers is None:
        named = maintenances.services_of_maintenances(ctx.session, [row.id or 0])
        numbers = named.get(row.id or 0, [])
    known = services.services_by_id(ctx.session, numbers)
    maker = RecordMaker(
        ctx, {row.id or 0: affected_services(known, numbers)}, {row.id or 0: updates}
    )
    return _staff_record(ctx, planned_with(ctx, row, changed), maker)


def _staff_record(ctx: Ctx, planned: Planned, maker: RecordMaker) -> StaffMaintenance:
    row = planned.row
    window = current(planned.occurrences(ctx), ctx.now) or planned.plan.at(row.starts_at)
    return StaffMaintenance(
        id=row.public_id,
        maintenance=maker.record(planned, window),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        recurrence=row.recurrence,
        published_at=row.published_at,
        cancelled_at=row.cancelled_at,
        created_at=row.created_at,
        updated_at=max([row.updated_at, *(each.updated_at for each in planned.changed)]),
        notify=row.notify,
    )


def _check_plan(ctx: Ctx, new: NewMaintenance) -> tuple[MaintenanceRow, list[int]]:
    """The row of a new maintenance, outside the session, and the numbers of its services."""
    ctx.require(Action.EDIT)
    check_second_person(ctx, public=new.publish)
    starts_at = check_time(new.starts_at, field="starts_at")
    ends_at = check_time(new.ends_at, field="ends_at")
    check_window(starts_at, ends_at)
    rule, local = None, None
    if new.recurrence is not None:
        zone = zone_of(ctx)
        wanted = new.typed.of(window_from(starts_at, ends_at, zone), zone)
        rule, first = first_window(new.recurrence, wanted, zone, ctx.now)
        starts_at, ends_at, local = first.starts_at, first.ends_at, first.local
    row = MaintenanceRow(
        public_id=new_id(),
        title=new.title,
        title_search=search_form(new.title, languages_of_titles(ctx)),
        body=new.body,
        starts_at=starts_at,
        ends_at=ends_at,
        recurrence=rule,
        local_start=None if local is None else local.start,
        local_end=None if local is None else local.end,
        created_at=ctx.now,
        updated_at=ctx.now,
        published_at=ctx.now if new.publish else None,
        notify=new.notify,
    )
    return row, _check_services(ctx, new.services)


def _check_edit(
    ctx: Ctx, public_id: str, changes: MaintenanceChanges, seen: str | None
) -> tuple[MaintenanceRow, Reschedule | None, list[int] | None]:
    """The maintenance, its new times, and the numbers of its new services."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    check_second_person(ctx, public=changes.has_text and row.published_at is not None)
    check_unchanged(seen, staff_maintenance(ctx, row).updated_at)
    new_times = check_reschedule(ctx, row, changes.times)
    numbers = None if changes.services is None else _check_services(ctx, changes.services)
    return row, new_times, numbers


def _check_reinstatement(ctx: Ctx, public_id: str) -> tuple[MaintenanceRow, list[OccurrenceRow]]:
    """The cancelled maintenance, and the windows that were cancelled with it."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    if row.cancelled_at is None:
        raise ConflictError("This is not cancelled.", code="not_cancelled")
    # `cancel_maintenance` cancels the window that is going on in a row of its own.
    changed = maintenances.occurrences_of(ctx.session, [row.id or 0]).get(row.id or 0, [])
    with_it = [each for each in changed if each.starts_at <= row.cancelled_at == each.cancelled_at]
    planned = planned_with(
        ctx,
        copy_of(row, cancelled_at=None),
        [copy_of(each, cancelled_at=None) if each in with_it else each for each in changed],
    )
    latest = current(planned.occurrences(ctx), ctx.now)
    if latest is None or window_status(latest.window, ctx.now) in OVER:
        raise ConflictError("This maintenance is over.", code="maintenance_over")
    return row, with_it


def _check_publication(ctx: Ctx, public_id: str) -> MaintenanceRow:
    """The draft, once it may be published."""
    ctx.require(Action.EDIT)
    row = required_maintenance(ctx, public_id)
    if row.published_at is not None:
        raise ConflictError("This maintenance is published already.", code="already_published")
    check_second_person(ctx)
    return row


def _check_services(ctx: Ctx, slugs: Collection[str]) -> list[int]:
    if not slugs:
        raise InvalidError("Name at least one service.", code="no_service", field="services")
    return sorted(service_ids(ctx, slugs, field="services").values())


def _touch(ctx: Ctx, row: MaintenanceRow) -> None:
    if row.published_at is not None:
        ctx.touch()


def _times(row: MaintenanceRow) -> dict[str, str | None]:
    return {
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "recurrence": row.recurrence,
    }
