"""State machine of automation: the next transition of a cause's incident, given its alerts. Pure.

Sources: design section 6, certificates/README.md section 5, monitors/README.md section 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.ownership import Owner
from app.domain.phrases import Phrased
from app.domain.statuses import IncidentStatus, ServiceStatus

__all__ = [
    "MONITORS",
    "PROBES",
    "REOPEN_WITHIN",
    "AlertChange",
    "AlertClaim",
    "AlertFacts",
    "AlertReport",
    "AlertState",
    "IncidentFacts",
    "IncidentPolicy",
    "MonitorClaim",
    "Transition",
    "classify_report",
    "newly_affected",
    "next_transition",
]

REOPEN_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class IncidentPolicy:
    """Thresholds of automation for one cause.

    An incident opens for `min_alerts` alerts of `min_sources` sources. Alerts that fire again
    within `reopen_within` continue the incident. After `recurrences_before_flapping` recurrences
    within `flapping_window` the next one marks the incident as flapping; a flapping incident
    resolves after `flapping_resolve_after` without firing alerts.
    """

    recurrences_before_flapping: int
    flapping_window: timedelta
    flapping_resolve_after: timedelta
    reopen_within: timedelta = REOPEN_WITHIN
    min_alerts: int = 1
    min_sources: int = 1


# certificates/README.md section 5; monitors/README.md section 5, rule 6 (Alerta's numbers).
PROBES = IncidentPolicy(1, timedelta(hours=1), timedelta(minutes=30))
MONITORS = IncidentPolicy(2, timedelta(minutes=30), timedelta(minutes=15))


class AlertState(StrEnum):
    """State of an alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertClaim:
    """Normalised content of a firing alert, from a monitor or a probe.

    `headline` is the phrase code of the incident's title. `certain` means that the cause is known,
    so the incident opens as `identified`. `publish` is a publish mode. `group_wait` is the delay
    for grouping with other alerts of the cause; `resolve_after` is the time without firing alerts
    after which the incident is resolved. `monitor` is set for alerts of monitors.
    """

    headline: str
    body: Phrased
    host: str
    certain: bool
    services: Mapping[int, ServiceStatus]
    publish: str
    group_wait: timedelta
    resolve_after: timedelta
    monitor: "MonitorClaim | None" = None


@dataclass(frozen=True, slots=True)
class MonitorClaim:
    """Fields that only alerts of monitors have, and the settings of their route.

    `action` is a RouteAction. An alert with `expires_after` ends by itself after that time; without
    an event for `stale_after` it becomes stale.
    """

    action: str
    severity: str
    title: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    source_url: str | None = None
    reopen_within: timedelta = REOPEN_WITHIN
    min_alerts: int = 1
    min_sources: int = 1
    stale_after: timedelta | None = None
    expires_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AlertReport:
    """Report about one alert: its claim while it fires, None when it has ended.

    `cause` groups alerts into one incident; empty when none is to be opened. `reported_at` is the
    time by the sender's clock. `source_id` and `event_id` identify the source and the inbound event
    of a monitor's report. The end of a placeholder is ignored unless it fired before.
    """

    source: str
    dedup_key: str
    cause: str
    at: datetime
    claim: AlertClaim | None
    reported_at: datetime | None = None
    source_id: int | None = None
    event_id: int | None = None
    is_placeholder: bool = False


class AlertChange(StrEnum):
    """Effect of a report on the stored state of its alert."""

    NEW = "new"
    REPEATED = "again"
    RESOLVED = "ends"
    NOTHING_OPEN = "nothing_open"
    OUTDATED = "outdated"


def classify_report(
    *,
    firing: bool,
    is_unresolved: bool,
    reported_at: datetime | None,
    last_reported_at: datetime | None,
) -> AlertChange:
    """Classify a report, given whether its alert is unresolved now (rules 1 and 2).

    `last_reported_at` is the newest sender time of earlier reports about the alert: an older report
    never overrides a newer one.
    """
    if reported_at is not None and last_reported_at is not None and reported_at < last_reported_at:
        return AlertChange.OUTDATED
    if firing:
        return AlertChange.REPEATED if is_unresolved else AlertChange.NEW
    return AlertChange.RESOLVED if is_unresolved else AlertChange.NOTHING_OPEN


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """Facts about a group of `count` equivalent alerts of `source`.

    `services` excludes services under maintenance. A firing alert is `due` when its group wait has
    passed, so that one cause leads to one announcement.
    """

    firing: bool
    due: bool
    services: Mapping[int, ServiceStatus]
    ended_at: datetime | None
    resolve_after: timedelta
    source: str = ""
    count: int = 1

    @property
    def is_actionable(self) -> bool:
        """Whether the alert may open or change a public incident now."""
        return self.firing and self.due and bool(self.services)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Facts about the incident of a cause. `recurrences` are the times at which it recurred."""

    owner: Owner
    status: IncidentStatus
    services: Mapping[int, ServiceStatus]
    recurrences: tuple[datetime, ...]
    is_flapping: bool
    is_dismissed: bool = False


class Transition(StrEnum):
    """Transition of an incident by automation."""

    NOTHING = "nothing"
    OPEN = "open"
    JOIN = "join"
    RECUR = "recur"
    FLAP = "flap"
    MONITOR = "monitor"
    RESOLVE = "resolve"


def next_transition(
    incident: IncidentFacts | None,
    alerts: Sequence[AlertFacts],
    now: datetime,
    policy: IncidentPolicy = PROBES,
) -> Transition:
    """Determine the next transition of a cause from its incident and its alerts.

    `incident` is the one that the firing alerts are linked to, else the newest that is open or was
    resolved within `policy.reopen_within`. Automation never changes an incident that staff own or
    have dismissed.
    """
    actionable = [alert for alert in alerts if alert.is_actionable]
    if incident is None:
        return Transition.OPEN if actionable and _are_enough(alerts, policy) else Transition.NOTHING
    if incident.owner is Owner.STAFF or incident.is_dismissed:
        return Transition.NOTHING
    if actionable:
        return _while_firing(incident, actionable, now, policy)
    if any(alert.firing for alert in alerts):
        return Transition.NOTHING
    return _while_quiet(incident, alerts, now, policy)


def newly_affected(
    incident: IncidentFacts, alerts: Sequence[AlertFacts]
) -> dict[int, ServiceStatus]:
    """Return the services whose status in firing alerts is worse than in the incident."""
    affected: dict[int, ServiceStatus] = {}
    for alert in alerts:
        if not alert.firing:
            continue
        for service, status in alert.services.items():
            published = incident.services.get(service, ServiceStatus.OPERATIONAL)
            if status.severity > affected.get(service, published).severity:
                affected[service] = status
    return affected


def _are_enough(alerts: Sequence[AlertFacts], policy: IncidentPolicy) -> bool:
    affecting = [alert for alert in alerts if alert.firing and alert.services]
    return (
        sum(alert.count for alert in affecting) >= policy.min_alerts
        and len({alert.source for alert in affecting}) >= policy.min_sources
    )


def _while_firing(
    incident: IncidentFacts, actionable: Sequence[AlertFacts], now: datetime, policy: IncidentPolicy
) -> Transition:
    joins = bool(newly_affected(incident, actionable))
    if incident.is_flapping:
        return Transition.FLAP if joins else Transition.NOTHING
    if incident.status in {IncidentStatus.MONITORING, IncidentStatus.RESOLVED}:
        recent = [at for at in incident.recurrences if now - at <= policy.flapping_window]
        return (
            Transition.FLAP
            if len(recent) >= policy.recurrences_before_flapping
            else Transition.RECUR
        )
    return Transition.JOIN if joins else Transition.NOTHING


def _while_quiet(
    incident: IncidentFacts, alerts: Sequence[AlertFacts], now: datetime, policy: IncidentPolicy
) -> Transition:
    if incident.status is IncidentStatus.RESOLVED:
        return Transition.NOTHING
    if incident.is_flapping:
        return (
            Transition.RESOLVE
            if _quiet_for(alerts, now, policy.flapping_resolve_after)
            else Transition.NOTHING
        )
    if incident.status is not IncidentStatus.MONITORING:
        return Transition.MONITOR
    return Transition.RESOLVE if _quiet_for(alerts, now, timedelta()) else Transition.NOTHING


def _quiet_for(alerts: Sequence[AlertFacts], now: datetime, minimum: timedelta) -> bool:
    return all(
        alert.ended_at is not None and now - alert.ended_at >= max(alert.resolve_after, minimum)
        for alert in alerts
    )
