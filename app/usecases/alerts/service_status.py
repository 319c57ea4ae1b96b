"""Alerts with the action `service_only`: they set the status of services, without incidents."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.db.queries.alerts import alerts
from app.db.tables import AlertRow
from app.domain.alerts.alerts import AlertState
from app.usecases.alerts.cause import visible_services
from app.usecases.context import Ctx
from app.usecases.incidents import uptime
from app.usecases.maintenances.schedule import first_instant_outside_windows

__all__ = ["apply_due", "rebuild"]


def apply_due(ctx: Ctx, cause: str) -> None:
    """Set and clear the service statuses of a cause's alerts that are due."""
    rows = alerts.service_only_alerts(ctx.session, cause)
    if not rows:
        return
    visible = visible_services(ctx, {int(number) for row in rows for number in row.services})
    changed: set[str] = set()
    for row in rows:
        if row.state == AlertState.FIRING.value:
            waited = ctx.now - row.started_at >= timedelta(seconds=row.group_wait_seconds)
            if row.status_set_at is None and waited and visible & set(map(int, row.services)):
                row.status_set_at = _set_at(ctx, row, visible)
                changed |= set(row.services)
        elif _is_resolved_long_enough(row, ctx.now):
            ended_at = row.source_ended_at or ctx.now
            row.status_cleared_at = max(ended_at, row.status_set_at or ended_at)
            changed |= set(row.services)
    if changed:
        rebuild(ctx, changed)


def _set_at(ctx: Ctx, row: AlertRow, visible: set[int]) -> datetime:
    """The stated start of the alert, not during a maintenance of its services; now without one."""
    if row.source_started_at is None:
        return ctx.now
    services = sorted(visible & set(map(int, row.services)))
    return min(first_instant_outside_windows(ctx, each, row.source_started_at) for each in services)


def _is_resolved_long_enough(row: AlertRow, now: datetime) -> bool:
    resolve_after = timedelta(seconds=row.settle_seconds)
    return row.ended_at is not None and now - row.ended_at >= resolve_after


def rebuild(ctx: Ctx, services: Iterable[str]) -> None:
    """Recompute the status history of the services."""
    uptime.rebuild(ctx, [int(number) for number in services])
    ctx.touch()
