"""First sign of an incident: when automation first observed the failure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.db.queries.targets import served_chains
from app.db.tables import IncidentRow
from app.usecases.chains.evidence import FAILING
from app.usecases.context import Ctx

__all__ = ["first_signs", "signs_before_publication"]


def first_signs(ctx: Ctx, incident_ids: Iterable[int]) -> Mapping[int, datetime]:
    """When alerts or probes first showed the failure, by internal id of the incident.

    Incidents that automation did not observe are left out.
    """
    return served_chains.first_signs(ctx.session, incident_ids, FAILING)


def signs_before_publication(ctx: Ctx, rows: Iterable[IncidentRow]) -> Mapping[int, datetime]:
    """The first signs of those of the incidents that were published after their first sign."""
    published = {row.id or 0: row.published_at for row in rows if row.published_at is not None}
    return {
        number: at for number, at in first_signs(ctx, published).items() if at < published[number]
    }
