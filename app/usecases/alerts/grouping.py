"""When much fails at once it is one incident, not one for each service (rule 4)."""

from app.db.queries import alert_causes, alerts
from app.domain.alerts.alerts import REOPEN_WITHIN, Transition, next_transition
from app.usecases.alerts.cause import CauseSnapshot, load_cause
from app.usecases.context import Ctx

__all__ = ["MAX_SEPARATE_SERVICES", "group_causes"]

# With trouble in more services than this at the same time, visitors are told of one trouble.
MAX_SEPARATE_SERVICES = 8

_CAUSE = "monitor:many:"
_MONITORS = "monitor:"


def group_causes(ctx: Ctx) -> None:
    """Let what would open many incidents now open one, or join the one that is there for that."""
    if not any(each.startswith(_MONITORS) for each in alert_causes.causes_to_watch(ctx.session)):
        return
    alerts.lock_cause(ctx.session, _CAUSE)
    opening = _opening(ctx)
    if not opening:
        return
    common = alert_causes.grouped_incident(ctx.session, _CAUSE, ctx.now - REOPEN_WITHIN)
    services = {number for case in opening for facts in case.facts for number in facts.services}
    if common is not None and common.cause is not None:
        into = common.cause
    elif len(services) > MAX_SEPARATE_SERVICES:
        into = f"{_CAUSE}{ctx.now.timestamp():.0f}"
    else:
        return
    for case in opening:
        alerts.move_cause(ctx.session, case.cause, into)


def _opening(ctx: Ctx) -> list[CauseSnapshot]:
    causes = alert_causes.causes_to_watch(ctx.session)
    watched = sorted(
        cause for cause in causes if cause.startswith(_MONITORS) and not cause.startswith(_CAUSE)
    )
    cases = [load_cause(ctx, cause) for cause in watched]
    return [
        case
        for case in cases
        if next_transition(case.incident, case.facts, ctx.now, case.policy) is Transition.OPEN
    ]
