"""Cache of the uptime intervals of each service; this module is its only writer."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.db.queries import services
from app.db.queries.alerts import alerts
from app.db.queries.imports import imports
from app.db.queries.incidents import incidents
from app.db.tables import UptimeIntervalRow
from app.domain.incidents.incidents import status_changes
from app.domain.statuses import ServiceStatus
from app.domain.uptime import StatusChange, intervals_of
from app.usecases.context import Ctx
from app.usecases.incidents.records import facts_by_incident

__all__ = ["KEPT_FOR", "rebuild"]

# Longer than any page looks back. The limit keeps the cost of a write independent of the history.
KEPT_FOR = timedelta(days=400)
_IMPORTED = -(2**40)


def rebuild(ctx: Ctx, service_ids: Iterable[int]) -> None:
    """Derive the intervals of these services anew from public information.

    That is the public incidents, alerts that set a status without an incident, and intervals
    imported from a former page. Changes that ended more than KEPT_FOR ago leave no intervals.
    """
    since = ctx.now - KEPT_FOR
    wanted = sorted(set(service_ids))
    if not wanted:
        return
    ctx.session.flush()  # the queries below must see what this transaction has changed
    changes_by_alerts = _changes_by_alerts(ctx, since)
    imported = _imported_changes(ctx, wanted, since)
    for service_id in wanted:
        rows = incidents.incidents_naming(ctx.session, service_id, ctx.now, lasting_since=since)
        changes = [
            StatusChange(incident_id, change.at, change.status)
            for incident_id, facts in facts_by_incident(ctx, rows).items()
            for change in status_changes(facts)
            if change.service == service_id
        ]
        changes += changes_by_alerts.get(service_id, [])
        changes += imported.get(service_id, [])
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
                for interval in intervals_of(changes)
            ],
        )


def _changes_by_alerts(ctx: Ctx, since: datetime) -> dict[int, list[StatusChange]]:
    """The statuses that alerts without an incident set, by service."""
    changes: dict[int, list[StatusChange]] = {}
    for row in alerts.service_statuses_since(ctx.session, since):
        # Negative, so that it differs from the number of every incident.
        source = -(row.id or 0)
        for number, status in row.services.items():
            of_service = changes.setdefault(int(number), [])
            if row.status_set_at is not None:
                of_service.append(StatusChange(source, row.status_set_at, ServiceStatus(status)))
            if row.status_cleared_at is not None:
                of_service.append(
                    StatusChange(source, row.status_cleared_at, ServiceStatus.OPERATIONAL)
                )
    return changes


def _imported_changes(
    ctx: Ctx, service_ids: Sequence[int], since: datetime
) -> dict[int, list[StatusChange]]:
    """The changes at the start and the end of imported intervals, by service."""
    changes: dict[int, list[StatusChange]] = {}
    for row in imports.imported_intervals(ctx.session, service_ids, since):
        # Each interval counts like an incident of its own; alerts have smaller negative numbers.
        source = _IMPORTED - (row.id or 0)
        changes.setdefault(row.service_id, []).extend(
            (
                StatusChange(source, row.started_at, ServiceStatus(row.status)),
                StatusChange(source, row.ended_at, ServiceStatus.OPERATIONAL),
            )
        )
    return changes
