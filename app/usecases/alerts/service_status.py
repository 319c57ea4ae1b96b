"""Alerts that open nothing and only give their services a status, while they last."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.db.queries import alerts
from app.db.tables import AlertRow
from app.domain.alerts.alerts import AlertState
from app.usecases.alerts.cause import visible_services
from app.usecases.context import Ctx
from app.usecases.incidents import uptime

__all__ = ["apply_due", "rebuild"]


def apply_due(ctx: Ctx, cause: str) -> None:
    """Let the alerts of a cause begin and end to speak for their services, when it is time."""
    rows = alerts.service_only_alerts(ctx.session, cause)
    if not rows:
        return
    shown = visible_services(ctx, {int(number) for row in rows for number in row.services})
    changed: set[str] = set()
    for row in rows:
        if row.state == AlertState.FIRING.value:
            waited = ctx.now - row.started_at >= timedelta(seconds=row.group_wait_seconds)
            if row.status_set_at is None and waited and shown & set(map(int, row.services)):
                row.status_set_at = ctx.now
                changed |= set(row.services)
        elif _has_settled(row, ctx.now):
            row.status_cleared_at = ctx.now
            changed |= set(row.services)
    if changed:
        rebuild(ctx, changed)


def _has_settled(row: AlertRow, now: datetime) -> bool:
    settle = timedelta(seconds=row.settle_seconds)
    return row.ended_at is not None and now - row.ended_at >= settle


def rebuild(ctx: Ctx, services: Iterable[str]) -> None:
    """Show what the alerts say of these services by now."""
    uptime.rebuild(ctx, [int(number) for number in services])
    ctx.touch()
