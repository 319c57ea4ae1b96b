"""All that is known about one cause: its alerts, its incident, and what counts of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db import alerts, incidents, maintenances
from app.db.tables import AlertRow, IncidentRow
from app.domain.alerts import (
    REOPEN_WITHIN,
    AlertFacts,
    AlertState,
    IncidentFacts,
    newly_affected,
)
from app.domain.incidents import latest_words, resolved_at, status_of
from app.domain.ownership import Owner
from app.domain.phrases import Phrased, Text
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.context import Ctx
from app.usecases.incident_records import facts_by_incident

__all__ = ["Case", "case_of"]

_RETURNS = frozenset({"update.recurred", "update.flapping"})


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known about one cause at this moment; `row` is its incident."""

    ctx: Ctx
    row: IncidentRow | None
    incident: IncidentFacts | None
    alerts: Sequence[AlertRow]
    facts: Sequence[AlertFacts]

    @property
    def firing(self) -> list[AlertRow]:
        """The alerts that still hold."""
        return [alert for alert in self.alerts if alert.state == AlertState.FIRING.value]

    @property
    def newest(self) -> AlertRow:
        """The newest alert that still holds, or the newest of all."""
        return (self.firing or list(self.alerts))[-1]

    def affected(self) -> dict[int, ServiceStatus]:
        """What the firing alerts make of services, the worst word on each."""
        nothing_said = IncidentFacts(
            Owner.AUTOMATION, IncidentStatus.INVESTIGATING, {}, None, (), is_flapping=False
        )
        return newly_affected(self.incident or nothing_said, self.facts)


def case_of(ctx: Ctx, cause: str) -> Case:
    """Read everything about `cause`."""
    row = alerts.incident_about(ctx.session, cause, ctx.now - REOPEN_WITHIN)
    about = alerts.alerts_about(ctx.session, cause, row.id if row else None)
    muted = maintenances.services_in_window(ctx.session, ctx.now)
    return Case(
        ctx,
        row,
        _incident_facts(ctx, row),
        about,
        [_alert_facts(each, muted, ctx.now) for each in about],
    )


def _alert_facts(row: AlertRow, muted: set[int], now: datetime) -> AlertFacts:
    stated = {int(key): ServiceStatus(status) for key, status in row.services.items()}
    return AlertFacts(
        firing=row.state == AlertState.FIRING.value,
        due=now - row.started_at >= timedelta(seconds=row.group_wait_seconds),
        services={key: status for key, status in stated.items() if key not in muted},
        ended_at=row.ended_at,
        settle=timedelta(seconds=row.settle_seconds),
    )


def _incident_facts(ctx: Ctx, row: IncidentRow | None) -> IncidentFacts | None:
    if row is None:
        return None
    number = row.id or 0
    updates = incidents.updates_of(ctx.session, [number])
    facts = facts_by_incident(ctx, [row])[number]
    codes = [_first_code(update.body) for update in updates]
    return IncidentFacts(
        owner=Owner(row.owner),
        status=status_of(facts),
        services=latest_words(facts),
        resolved_at=resolved_at(facts),
        returns=tuple(
            update.posted_at
            for update, code in zip(updates, codes, strict=True)
            if code in _RETURNS
        ),
        is_flapping=bool(codes) and codes[-1] == "update.flapping",
        is_dismissed=row.deleted_at is not None,
    )


def _first_code(body: Text) -> str:
    return body.phrases[0].code if isinstance(body, Phrased) else ""
