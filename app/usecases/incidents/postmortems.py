"""The facts from which staff begin a postmortem."""

from app.db.queries import served_chains
from app.domain.incidents.postmortem_facts import Skeleton
from app.domain.permissions import Action
from app.usecases.context import Ctx
from app.usecases.incidents.certificates import chains_of
from app.usecases.incidents.lifecycle import required_incident
from app.usecases.incidents.records import staff_record

__all__ = ["skeleton"]


def skeleton(ctx: Ctx, public_id: str) -> Skeleton:
    """What is known of an incident, a draft too. Raises NotFoundError and ForbiddenError."""
    ctx.require(Action.READ)
    row = required_incident(ctx, public_id)
    staff = staff_record(ctx, row)
    said = served_chains.alerts_of_incident(ctx.session, row.id or 0)
    chains = chains_of(ctx, row)
    sighted = [alert.started_at for alert in said] + [chain.since for chain in chains[:1]]
    return Skeleton(
        staff.incident,
        min(sighted, default=None),
        staff.published_at,
        tuple(dict.fromkeys(alert.host for alert in said)),
        chains,
    )
