"""Lists of maintenances for staff: filtered and paged, and those that are not over."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement

from app.db.queries import maintenances
from app.db.tables import MaintenanceRow
from app.domain.maintenances.maintenance import OVER
from app.domain.maintenances.maintenance_filter import MaintenanceFilter, MaintenanceState
from app.domain.permissions import Action
from app.domain.statuses import MaintenanceStatus
from app.usecases.context import Ctx
from app.usecases.maintenances.lifecycle import StaffMaintenance, staff_maintenances
from app.usecases.pagination import CursorPage, check_span, page_by_time
from app.usecases.services.services import known_service_id

__all__ = ["list_maintenances", "list_waiting"]

_FAR = datetime(2200, 1, 1, tzinfo=UTC)
_EVERYTHING = MaintenanceFilter()


def list_maintenances(
    ctx: Ctx, wanted: MaintenanceFilter = _EVERYTHING, *, cursor: str | None, limit: int
) -> CursorPage[StaffMaintenance]:
    """Maintenances for staff that match a filter, drafts and cancelled ones too.

    Latest start first; that of a recurring one is the start of its first window. Raises
    InvalidError for a time, a service or a cursor that is not valid, and ForbiddenError.
    """
    ctx.require(Action.READ)
    check_span(wanted.since, wanted.until)
    conditions = _conditions(ctx, wanted)

    def found(after: tuple[datetime, int] | None, size: int) -> Sequence[MaintenanceRow]:
        return maintenances.list_maintenances(ctx.session, conditions, after=after, limit=size)

    return page_by_time(
        found,
        lambda row: (row.starts_at, row.id or 0),
        lambda rows: staff_maintenances(ctx, rows),
        cursor=cursor,
        limit=limit,
    )


def _conditions(ctx: Ctx, wanted: MaintenanceFilter) -> list[ColumnElement[bool]]:
    service_id = None
    if wanted.service is not None:
        service_id = known_service_id(ctx, wanted.service, field="service")
    conditions = list(maintenances.filter_conditions(wanted, service_id))
    if wanted.state is None or wanted.state is MaintenanceState.DRAFT:
        return conditions
    # The windows of a rule are not stored: their status is derived here.
    status = MaintenanceStatus(wanted.state.value)
    rows = maintenances.recurring_maintenances(ctx.session, conditions)
    recurring = [
        row.id or 0
        for row, staff in zip(rows, staff_maintenances(ctx, rows), strict=True)
        if staff.maintenance.status is status
    ]
    return [*conditions, maintenances.status_condition(status, ctx.now, recurring)]


def list_waiting(ctx: Ctx) -> tuple[StaffMaintenance, ...]:
    """Maintenances under way and to come, drafts too, soonest first."""
    ctx.require(Action.READ)
    rows = maintenances.planned_between(ctx.session, since=ctx.now, until=_FAR)
    found = staff_maintenances(ctx, rows)
    waiting = [each for each in found if each.maintenance.status not in OVER]
    return tuple(sorted(waiting, key=lambda each: (each.maintenance.starts_at, each.id)))
