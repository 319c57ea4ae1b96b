"""The cache of what each service went through; this is its only writer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.db.queries import alerts, incidents, services
from app.db.tables import UptimeIntervalRow
from app.domain.incidents.incidents import status_changes
from app.domain.statuses import ServiceStatus
from app.domain.uptime import StatusChange, intervals_of
from app.usecases.context import Ctx
from app.usecases.incidents.records import facts_by_incident

__all__ = ["KEPT_FOR", "rebuild"]

# Longer than any page looks back, so that a write costs the same however long the history is.
KEPT_FOR = timedelta(days=400)


def rebuild(ctx: Ctx, service_ids: Iterable[int]) -> None:
    """Derive the intervals of these services anew from what a visitor may know.

    That is incidents, and alerts that speak for services without one. What ended more
    than KEPT_FOR ago leaves no intervals.
    """
    since = ctx.now - KEPT_FOR
    ctx.session.flush()  # the queries below must see what this transaction has changed
    claims = _claims(ctx, since)
    for service_id in sorted(set(service_ids)):
        rows = incidents.incidents_naming(ctx.session, service_id, ctx.now, lasting_since=since)
        words = [
            StatusChange(incident_id, word.at, word.status)
            for incident_id, facts in facts_by_incident(ctx, rows).items()
            for word in status_changes(facts)
            if word.service == service_id
        ]
        words += claims.get(service_id, [])
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


def _claims(ctx: Ctx, since: datetime) -> dict[int, list[StatusChange]]:
    """What alerts that open no incident say of services by themselves."""
    words: dict[int, list[StatusChange]] = {}
    for row in alerts.service_statuses_since(ctx.session, since):
        # Told apart from incidents, whose numbers are positive.
        about = -(row.id or 0)
        for number, status in row.services.items():
            said = words.setdefault(int(number), [])
            if row.status_set_at is not None:
                said.append(StatusChange(about, row.status_set_at, ServiceStatus(status)))
            if row.status_cleared_at is not None:
                said.append(StatusChange(about, row.status_cleared_at, ServiceStatus.OPERATIONAL))
    return words
