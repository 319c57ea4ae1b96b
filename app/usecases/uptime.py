"""The cache of what each service went through; this is its only writer."""

from collections.abc import Iterable
from datetime import timedelta

from app.db import incidents, services
from app.db.tables import UptimeIntervalRow
from app.domain.incidents import said
from app.domain.uptime import Word, intervals_of
from app.usecases.context import Ctx
from app.usecases.incident_records import facts_by_incident

__all__ = ["KEPT_FOR", "rebuild"]

# Longer than any page looks back, so that a write costs the same however long the history is.
KEPT_FOR = timedelta(days=400)


def rebuild(ctx: Ctx, service_ids: Iterable[int]) -> None:
    """Derive the intervals of these services anew from the incidents a visitor may see.

    Incidents that ended more than KEPT_FOR ago leave no intervals.
    """
    since = ctx.now - KEPT_FOR
    ctx.session.flush()  # the queries below must see what this transaction has changed
    for service_id in sorted(set(service_ids)):
        rows = incidents.incidents_naming(ctx.session, service_id, ctx.now, lasting_since=since)
        words = [
            Word(incident_id, word.at, word.status)
            for incident_id, facts in facts_by_incident(ctx, rows).items()
            for word in said(facts)
            if word.service == service_id
        ]
        services.replace_intervals(
            ctx.session,
            service_id,
            [
                UptimeIntervalRow(
                    service_id=service_id,
                    status=interval.status.value,
                    started_at=interval.started_at,
                    ended_at=interval.ended_at,
                )
                for interval in intervals_of(words)
            ],
        )
