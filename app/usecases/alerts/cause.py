"""All that is known about one cause: its alerts, its incident, and what counts of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.db.queries import alert_causes, alerts, incidents, services
from app.db.queries.alerts import AlertGroup
from app.db.tables import AlertRow, IncidentRow
from app.domain.alerts.alerts import (
    MONITORS,
    PROBES,
    REOPEN_WITHIN,
    AlertFacts,
    AlertState,
    IncidentFacts,
    IncidentPolicy,
    newly_affected,
)
from app.domain.incidents.incidents import latest_words, status_of
from app.domain.ownership import Owner
from app.domain.phrases import Phrased, Text
from app.domain.statuses import IncidentStatus, ServiceStatus, worst
from app.usecases.context import Ctx
from app.usecases.incidents.records import facts_by_incident
from app.usecases.maintenances.schedule import services_in_window

__all__ = ["CauseSnapshot", "load_cause", "visible_services"]

_FLAPPING = frozenset({"update.flapping", "update.monitor.flapping"})
_RETURNS = _FLAPPING | {"update.recurred"}
_NOTHING_SAID = IncidentFacts(
    Owner.AUTOMATION, IncidentStatus.INVESTIGATING, {}, (), is_flapping=False
)


@dataclass(frozen=True, slots=True)
class CauseSnapshot:
    """All that is known about one cause at this moment; `row` is its incident.

    Each of `alerts` stands for all of its kin; `facts` count them.
    """

    ctx: Ctx
    cause: str
    row: IncidentRow | None
    incident: IncidentFacts | None
    alerts: Sequence[AlertRow]
    facts: Sequence[AlertFacts]
    policy: IncidentPolicy

    @property
    def has_monitor_alerts(self) -> bool:
        """Whether monitors of others tell of it, not our own probes."""
        return any(alert.source_id is not None for alert in self.alerts)

    @property
    def said(self) -> Mapping[int, ServiceStatus]:
        """The status that the incident gives each service it ever named."""
        return (self.incident or _NOTHING_SAID).services

    @property
    def is_quiet(self) -> bool:
        """Whether no alert holds any more."""
        return not any(facts.firing for facts in self.facts)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the alerts are about."""
        return tuple(dict.fromkeys(alert.host for alert in self.alerts))

    @property
    def unlinked(self) -> list[AlertRow]:
        """The alerts that speak now and belong to no incident yet."""
        return [
            alert
            for alert, facts in zip(self.alerts, self.facts, strict=True)
            if facts.is_actionable and alert.incident_id is None
        ]

    def affected(self) -> dict[int, ServiceStatus]:
        """The services that the alerts make worse than the incident says."""
        return newly_affected(self.incident or _NOTHING_SAID, self.facts)

    def headline_alert(self, affected: Mapping[int, ServiceStatus]) -> AlertRow:
        """The alert to quote: the first of the worst among those that made services `affected`."""
        loud = [pair for pair in zip(self.alerts, self.facts, strict=True) if pair[1].is_actionable]
        blamed = [
            (alert, facts)
            for alert, facts in loud
            if any(affected.get(each) is status for each, status in facts.services.items())
        ]
        return max(blamed or loud, key=lambda pair: worst(pair[1].services.values()).severity)[0]


def load_cause(ctx: Ctx, cause: str) -> CauseSnapshot:
    """Read everything about `cause`, and let nobody else decide about it meanwhile."""
    alerts.lock_cause(ctx.session, cause)
    seconds = alerts.reopen_within(ctx.session, cause)
    reopen_within = REOPEN_WITHIN if seconds is None else timedelta(seconds=seconds)
    row = alert_causes.incident_about(ctx.session, cause, ctx.now - reopen_within)
    about = alerts.alert_groups(ctx.session, cause, row.id if row else None)
    shown = visible_services(ctx, {int(number) for each in about for number in each.row.services})
    return CauseSnapshot(
        ctx,
        cause,
        row,
        _incident_facts(ctx, row),
        [each.row for each in about],
        [_alert_facts(each, shown, ctx.now) for each in about],
        replace(_temper([each.row for each in about]), reopen_within=reopen_within),
    )


def _temper(rows: Sequence[AlertRow]) -> IncidentPolicy:
    monitored = [row for row in rows if row.source_id is not None]
    if not monitored:
        return PROBES
    newest = monitored[-1]
    return replace(MONITORS, min_alerts=newest.min_alerts, min_sources=newest.min_sources)


def visible_services(ctx: Ctx, named: set[int]) -> set[int]:
    """Those of the services `named` that are on the page and not under maintenance."""
    rows = services.services_by_id(ctx.session, named)
    shown = {number for number, row in rows.items() if row.archived_at is None}
    return shown - services_in_window(ctx)


def _alert_facts(group: AlertGroup, shown: set[int], now: datetime) -> AlertFacts:
    row = group.row
    stated = {int(key): ServiceStatus(status) for key, status in row.services.items()}
    return AlertFacts(
        firing=row.state == AlertState.FIRING.value,
        due=now - group.started_at >= timedelta(seconds=row.group_wait_seconds),
        services={key: status for key, status in stated.items() if key in shown},
        ended_at=group.ended_at,
        resolve_after=timedelta(seconds=row.settle_seconds),
        source=row.source,
        count=group.count,
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
        recurrences=tuple(
            update.posted_at
            for update, code in zip(updates, codes, strict=True)
            if code in _RETURNS
        ),
        is_flapping=bool(codes) and codes[-1] in _FLAPPING,
        is_dismissed=row.deleted_at is not None,
    )


def _first_code(body: Text) -> str:
    return body.phrases[0].code if isinstance(body, Phrased) else ""
