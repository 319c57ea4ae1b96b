"""What a maintenance would be before it is planned: its windows and what they clash with."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.maintenance import check_window
from app.domain.permissions import Action
from app.domain.texts import check_time
from app.usecases.context import Ctx
from app.usecases.maintenance_conflicts import Conflict, conflicts_with
from app.usecases.maintenance_plans import zone_of
from app.usecases.recurrence import beginnings, check_recurrence
from app.usecases.services import service_ids

__all__ = ["MaintenancePreview", "preview_maintenance"]

_SHOWN = 5
# Clashes are looked for a good way ahead, though only a few windows are shown.
_COMPARED = 20


@dataclass(frozen=True, slots=True)
class MaintenancePreview:
    """The next windows, the rule as it will be kept, and the clashes.

    `windows` begin in the future, unless there is only one.
    """

    recurrence: str | None
    windows: tuple[tuple[datetime, datetime], ...]
    conflicts: tuple[Conflict, ...]


def preview_maintenance(
    ctx: Ctx,
    *,
    starts_at: datetime,
    ends_at: datetime,
    recurrence: str | None,
    services: Collection[str],
    but: str | None = None,
) -> MaintenancePreview:
    """What would be planned. `but` is the maintenance that is being changed.

    Raises InvalidError as planning does, ForbiddenError.
    """
    ctx.require(Action.READ)
    starts_at = check_time(starts_at, field="starts_at")
    ends_at = check_time(ends_at, field="ends_at")
    check_window(starts_at, ends_at)
    service_ids(ctx, services, field="services")
    windows = [(starts_at, ends_at)]
    if recurrence is not None:
        recurrence = check_recurrence(recurrence, starts_at=starts_at)
        starts = beginnings(recurrence, starts_at, zone_of(ctx), ctx.now)
        here = bisect_right(starts, ctx.now)
        length = ends_at - starts_at
        windows = [(each, each + length) for each in starts[here : here + _COMPARED]]
    return MaintenancePreview(
        recurrence,
        tuple(windows[:_SHOWN]),
        conflicts_with(ctx, windows, services, but=but),
    )
