"""Derived state of an incident: what follows from its updates and is stored with it."""

from collections.abc import Iterable, Sequence

from app.db.tables import IncidentRow
from app.domain.incidents.incidents import UpdateFacts, latest_statuses, resolved_at, status_of
from app.domain.statuses import IncidentStatus
from app.usecases.context import Ctx
from app.usecases.incidents import uptime
from app.usecases.incidents.records import facts_by_incident

__all__ = ["store_derived", "store_facts"]


def store_derived(ctx: Ctx, row: IncidentRow, *, named_before: Iterable[int] = ()) -> None:
    """Store the state derived from the updates of an incident, after any change to them.

    `named_before` are services that the incident named before the change: their uptime is derived
    again too.
    """
    ctx.session.flush()
    facts = facts_by_incident(ctx, [row])[row.id or 0]
    store_facts(ctx, row, facts, {*latest_statuses(facts), *named_before})


def store_facts(
    ctx: Ctx, row: IncidentRow, facts: Sequence[UpdateFacts], services: Iterable[int]
) -> None:
    """Store the state of an incident with these updates, and the uptime of these services."""
    row.resolved_at = resolved_at(facts)
    row.is_open = status_of(facts) is not IncidentStatus.RESOLVED
    starts = [each.posted_at for each in facts]
    if row.stated_start_at is not None:
        starts.append(row.stated_start_at)
    row.started_at = min(starts, default=row.started_at)
    row.updated_at = ctx.now
    if row.published_at is not None:
        uptime.rebuild(ctx, services)
        ctx.touch()
