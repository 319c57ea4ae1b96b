"""When much fails at once it is one incident, not one for each service (rule 4)."""

from app.db.queries import alert_causes, alerts
from app.domain.alerts.alerts import REOPEN_WITHIN, Transition, next_move
from app.usecases.alerts.cause import CauseState, case_of
from app.usecases.context import Ctx

__all__ = ["MOST_SERVICES", "gather"]

# With trouble in more services than this at the same time, visitors are told of one trouble.
MOST_SERVICES = 8

_CAUSE = "monitor:many:"
_MONITORS = "monitor:"


def gather(ctx: Ctx) -> None:
    """Let what would open many incidents now open one, or join the one that is there for that."""
    if not any(each.startswith(_MONITORS) for each in alert_causes.causes_to_watch(ctx.session)):
        return
    alerts.hold_cause(ctx.session, _CAUSE)
    opening = _opening(ctx)
    if not opening:
        return
    common = alert_causes.fan_out_incident(ctx.session, _CAUSE, ctx.now - REOPEN_WITHIN)
    services = {number for case in opening for facts in case.facts for number in facts.services}
    if common is not None and common.cause is not None:
        into = common.cause
    elif len(services) > MOST_SERVICES:
        into = f"{_CAUSE}{ctx.now.timestamp():.0f}"
    else:
        return
    for case in opening:
        alerts.move_cause(ctx.session, case.cause, into)


def _opening(ctx: Ctx) -> list[CauseState]:
    causes = alert_causes.causes_to_watch(ctx.session)
    watched = sorted(
        cause for cause in causes if cause.startswith(_MONITORS) and not cause.startswith(_CAUSE)
    )
    cases = [case_of(ctx, cause) for cause in watched]
    return [
        case
        for case in cases
        if next_move(case.incident, case.facts, ctx.now, case.policy) is Transition.OPEN
    ]
