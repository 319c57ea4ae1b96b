"""Grouping of causes: a large outage becomes one incident, not one per service (rule 4)."""

from collections.abc import Iterable

from app.db.queries.alerts import alert_causes, alerts
from app.domain.alerts.alerts import REOPEN_WITHIN, Transition, next_transition
from app.usecases.alerts.cause import CauseSnapshot, load_cause
from app.usecases.context import Ctx

__all__ = ["MAX_SEPARATE_SERVICES", "group_causes"]

# With more affected services than this at a time, visitors see one incident for all of them.
MAX_SEPARATE_SERVICES = 8

_GROUPED = "monitor:many:"
_MONITOR = "monitor:"


def group_causes(ctx: Ctx, causes: Iterable[str]) -> bool:
    """Merge those of the causes that are about to open incidents, if they affect many services.

    If a grouped incident is open already, they join it. Returns whether any cause was merged.
    """
    if not any(each.startswith(_MONITOR) for each in causes):
        return False
    alerts.lock_cause(ctx.session, _GROUPED)
    opening = _opening(ctx)
    if not opening:
        return False
    grouped = alert_causes.grouped_incident(ctx.session, _GROUPED, ctx.now - REOPEN_WITHIN)
    services = {number for cause in opening for facts in cause.facts for number in facts.services}
    if grouped is not None and grouped.cause is not None:
        target = grouped.cause
    elif len(services) > MAX_SEPARATE_SERVICES:
        target = f"{_GROUPED}{ctx.now.timestamp():.0f}"
    else:
        return False
    for cause in opening:
        alerts.move_cause(ctx.session, cause.key, target)
    return True


def _opening(ctx: Ctx) -> list[CauseSnapshot]:
    # Read once the lock is taken: another process may have merged causes until then.
    causes = alert_causes.causes_to_watch(ctx.session)
    keys = sorted(
        key for key in causes if key.startswith(_MONITOR) and not key.startswith(_GROUPED)
    )
    snapshots = [load_cause(ctx, key) for key in keys]
    return [
        cause
        for cause in snapshots
        if next_transition(cause.incident, cause.facts, ctx.now, cause.policy) is Transition.OPEN
    ]
