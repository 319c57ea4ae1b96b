"""Snapshot of one cause: its alerts, its incident, and the facts for the state machine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.db.queries import services
from app.db.queries.alerts import alert_causes, alerts
from app.db.queries.alerts.alerts import AlertGroup
from app.db.queries.incidents import incidents
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
from app.domain.incidents.incidents import latest_statuses, status_of
from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus, worst
from app.domain.texts.phrases import Phrased, Text
from app.usecases.context import Ctx
from app.usecases.incidents.records import facts_by_incident
from app.usecases.maintenances.schedule import (
    first_instant_outside_windows,
    services_in_window,
)

__all__ = ["CauseSnapshot", "load_cause", "visible_services"]

_FLAPPING = frozenset({"update.flapping", "update.monitor.flapping"})
_RECURRENCES = _FLAPPING | {"update.recurred"}
_NO_INCIDENT = IncidentFacts(
    Owner.AUTOMATION, IncidentStatus.INVESTIGATING, {}, (), is_flapping=False
)


@dataclass(frozen=True, slots=True)
class CauseSnapshot:
    """State of one cause inside a transaction; `row` is its incident.

    Each of `alerts` is one of a group of equivalent alerts; `facts` has their counts, in the order
    of `alerts`.
    """

    ctx: Ctx
    key: str
    row: IncidentRow | None
    incident: IncidentFacts | None
    alerts: Sequence[AlertRow]
    facts: Sequence[AlertFacts]
    policy: IncidentPolicy

    @property
    def has_monitor_alerts(self) -> bool:
        """Whether any alert comes from a monitor, not from a probe of ours."""
        return any(alert.source_id is not None for alert in self.alerts)

    @property
    def statuses(self) -> Mapping[int, ServiceStatus]:
        """Latest status that the incident gives each of its services."""
        return (self.incident or _NO_INCIDENT).services

    @property
    def is_quiet(self) -> bool:
        """Whether no alert is firing."""
        return not any(facts.firing for facts in self.facts)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the alerts are about."""
        return tuple(dict.fromkeys(alert.host for alert in self.alerts))

    @property
    def unlinked(self) -> list[AlertRow]:
        """Actionable alerts that are not linked to an incident yet."""
        return [
            alert
            for alert, facts in zip(self.alerts, self.facts, strict=True)
            if facts.is_actionable and alert.incident_id is None
        ]

    @property
    def ended_at(self) -> datetime | None:
        """The end of the last alert, as the sources stated it; None unless all of them did."""
        ends = [facts.source_ended_at for facts in self.facts]
        return max((at for at in ends if at), default=None) if all(ends) else None

    def started_at(self, affected: Mapping[int, ServiceStatus]) -> datetime | None:
        """The earliest stated start of the alerts that affect these services; None without any.

        A start during a maintenance of a service counts from the end of that.
        """
        return self._earliest_start(
            [facts for facts in self.facts if facts.is_actionable], affected
        )

    def worse_since(self, affected: Mapping[int, ServiceStatus]) -> datetime | None:
        """The earliest stated start of the unlinked alerts that give services these statuses.

        None without any. The start of an alert that is linked already is not that of a status that
        it got later.
        """
        unlinked = [
            facts
            for alert, facts in zip(self.alerts, self.facts, strict=True)
            if facts.is_actionable and alert.incident_id is None and _gives(facts, affected)
        ]
        return self._earliest_start(unlinked, affected)

    def _earliest_start(
        self, found: Iterable[AlertFacts], affected: Mapping[int, ServiceStatus]
    ) -> datetime | None:
        starts = (
            first_instant_outside_windows(self.ctx, service, facts.source_started_at)
            for facts in found
            if facts.source_started_at is not None
            for service in sorted(affected.keys() & facts.services.keys())
        )
        return min(starts, default=None)

    def affected(self) -> dict[int, ServiceStatus]:
        """Services whose status in the alerts is worse than in the incident."""
        return newly_affected(self.incident or _NO_INCIDENT, self.facts)

    def headline_alert(self, affected: Mapping[int, ServiceStatus]) -> AlertRow:
        """Alert whose headline and text are used: the first with the worst status in `affected`."""
        actionable = [
            pair for pair in zip(self.alerts, self.facts, strict=True) if pair[1].is_actionable
        ]
        affecting = [(alert, facts) for alert, facts in actionable if _gives(facts, affected)]
        return max(
            affecting or actionable, key=lambda pair: worst(pair[1].services.values()).severity
        )[0]


def _gives(facts: AlertFacts, affected: Mapping[int, ServiceStatus]) -> bool:
    """Whether the alerts give one of the services the status in `affected`."""
    return any(affected.get(each) is status for each, status in facts.services.items())


def load_cause(ctx: Ctx, cause: str) -> CauseSnapshot:
    """Load the state of `cause` and lock it until the transaction ends."""
    alerts.lock_cause(ctx.session, cause)
    seconds = alerts.reopen_within(ctx.session, cause)
    reopen_within = REOPEN_WITHIN if seconds is None else timedelta(seconds=seconds)
    row = alert_causes.incident_about(ctx.session, cause, ctx.now - reopen_within)
    groups = alerts.alert_groups(ctx.session, cause, row.id if row else None)
    visible = visible_services(
        ctx, {int(number) for each in groups for number in each.row.services}
    )
    return CauseSnapshot(
        ctx,
        cause,
        row,
        _incident_facts(ctx, row),
        [each.row for each in groups],
        [_alert_facts(each, visible, ctx.now) for each in groups],
        replace(_policy([each.row for each in groups]), reopen_within=reopen_within),
    )


def _policy(rows: Sequence[AlertRow]) -> IncidentPolicy:
    with_source = [row for row in rows if row.source_id is not None]
    if not with_source:
        return PROBES
    newest = with_source[-1]
    return replace(MONITORS, min_alerts=newest.min_alerts, min_sources=newest.min_sources)


def visible_services(ctx: Ctx, service_ids: set[int]) -> set[int]:
    """Filter the services that are on the page and not under maintenance."""
    rows = services.services_by_id(ctx.session, service_ids)
    on_page = {number for number, row in rows.items() if row.archived_at is None}
    return on_page - services_in_window(ctx)


def _alert_facts(group: AlertGroup, visible: set[int], now: datetime) -> AlertFacts:
    row = group.row
    statuses = {int(key): ServiceStatus(status) for key, status in row.services.items()}
    return AlertFacts(
        firing=row.state == AlertState.FIRING.value,
        due=now - group.started_at >= timedelta(seconds=row.group_wait_seconds),
        services={key: status for key, status in statuses.items() if key in visible},
        ended_at=group.ended_at,
        resolve_after=timedelta(seconds=row.settle_seconds),
        source=row.source,
        count=group.count,
        source_started_at=group.source_started_at,
        source_ended_at=group.source_ended_at,
    )


def _incident_facts(ctx: Ctx, row: IncidentRow | None) -> IncidentFacts | None:
    if row is None:
        return None
    number = row.id or 0
    updates = incidents.updates_of(ctx.session, number)
    facts = facts_by_incident(ctx, [row])[number]
    codes = [_first_code(update.body) for update in updates]
    return IncidentFacts(
        owner=Owner(row.owner),
        status=status_of(facts),
        services=latest_statuses(facts),
        recurrences=tuple(
            update.posted_at
            for update, code in zip(updates, codes, strict=True)
            if code in _RECURRENCES
        ),
        is_flapping=bool(codes) and codes[-1] in _FLAPPING,
        is_dismissed=row.deleted_at is not None,
        updated_at=max((update.posted_at for update in updates), default=None),
    )


def _first_code(body: Text) -> str:
    return body.phrases[0].code if isinstance(body, Phrased) else ""
