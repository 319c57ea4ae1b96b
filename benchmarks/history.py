"""Long history: incidents written to the tables directly, because use cases would take minutes."""

from datetime import timedelta

from sqlmodel import select

from app.db.tables import IncidentRow, IncidentUpdateRow, ServiceRow, UpdateServiceRow
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import Ctx, new_id
from app.usecases.incidents import uptime
from benchmarks.data import fill

__all__ = ["add_history"]

_BETWEEN = timedelta(days=1)
_STEPS = (
    (IncidentStatus.INVESTIGATING, ServiceStatus.PARTIAL_OUTAGE, "We are looking into it."),
    (IncidentStatus.IDENTIFIED, ServiceStatus.PARTIAL_OUTAGE, "The cause is known."),
    (IncidentStatus.RESOLVED, ServiceStatus.OPERATIONAL, "All clients connect again."),
)


def add_history(ctx: Ctx, incidents: int) -> list[str]:
    """Add thirty services, ten recent incidents and `incidents` old ones; ids of the old ones."""
    fill(ctx)
    services = list(ctx.session.exec(select(ServiceRow)))
    since = ctx.now - _BETWEEN * (incidents + 1) - timedelta(days=8)
    for service in services:
        service.known_since = since
    rows = [_incident(ctx, number) for number in range(incidents)]
    ctx.session.add_all(rows)
    ctx.session.flush()
    updates = [update for row in rows for update in _updates(row)]
    ctx.session.add_all(updates)
    ctx.session.flush()
    for number, update in enumerate(updates):
        service = services[number // len(_STEPS) % len(services)]
        status = _STEPS[number % len(_STEPS)][1]
        ctx.session.add(
            UpdateServiceRow(
                update_id=update.id or 0, service_id=service.id or 0, status=status.value
            )
        )
    uptime.rebuild(ctx, [service.id for service in services if service.id is not None])
    return [row.public_id for row in rows]


def _incident(ctx: Ctx, number: int) -> IncidentRow:
    at = ctx.now - timedelta(days=8) - _BETWEEN * number
    return IncidentRow(
        public_id=new_id(),
        title=LocalizedText.of(f"Trouble number {number}", "en"),
        owner="staff",
        is_open=False,
        started_at=at,
        resolved_at=at + timedelta(hours=2),
        created_at=at,
        updated_at=at + timedelta(hours=2),
        published_at=at,
    )


def _updates(row: IncidentRow) -> list[IncidentUpdateRow]:
    return [
        IncidentUpdateRow(
            public_id=new_id(),
            incident_id=row.id or 0,
            status=status.value,
            body=LocalizedText.of(text, "en"),
            posted_at=row.started_at + timedelta(hours=step),
            created_at=row.started_at + timedelta(hours=step),
            automatic=False,
            notify=False,
        )
        for step, (status, _, text) in enumerate(_STEPS)
    ]
