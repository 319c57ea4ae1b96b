"""From alerts to an incident: what automation does next about one cause. Pure; time is an argument.

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
    """How patient automation is about one cause.

    It opens an incident for `min_alerts` alerts of `min_sources` sources. Failing again within
    `reopen_within` continues the incident; with `returns_before_flapping` returns in `span` the
    next one makes it flapping, and then it must be quiet for `peace`.
    """

    returns_before_flapping: int
    flapping_window: timedelta
    flapping_resolve_after: timedelta
    reopen_within: timedelta = REOPEN_WITHIN
    min_alerts: int = 1
    min_sources: int = 1


# certificates/README.md section 5; monitors/README.md section 5, rule 6 (Alerta's numbers).
PROBES = IncidentPolicy(1, timedelta(hours=1), timedelta(minutes=30))
MONITORS = IncidentPolicy(2, timedelta(minutes=30), timedelta(minutes=15))


class AlertState(StrEnum):
    """Whether what an alert states still holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertClaim:
    """What a monitor or a probe claims, normalised.

    `headline` is the phrase code of the incident's title; `certain` means that the cause is known
    already. `publish` is a publish mode; `group_wait` is how long to wait for others of the same
    cause, `settle` how long the quiet must last before the incident is called resolved.
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
    """The part of an alert that only monitors state, and what its route asks for.

    `action` is one of app.domain.alerts.routing. `lasts` is set when the alert ends by itself after
    that time; `stale_after` when no event for that time makes it stale.
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
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AlertReport:
    """One message about an alert: what it states, or None when it does not hold any more.

    `cause` groups alerts onto one incident; empty when none is to be opened. `said_at` is when the
    sender's clock says that it was said; `source_id` and `event_id` tell which delivery of which
    monitor it comes from. The end of one that `stands_in` for others is nothing unless it began.
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
    """What one message is to what was known of its alert."""

    NEW = "new"
    REPEATED = "again"
    RESOLVED = "ends"
    NOTHING_OPEN = "nothing_open"
    OUTDATED = "outdated"


def classify_report(
    *, firing: bool, standing: bool, reported_at: datetime | None, heard_of: datetime | None
) -> AlertChange:
    """What a message means while an episode is `standing` or not (rules 1 and 2).

    `heard_of` is the newest time that the sender's clock gave for this alert before: an older word
    never overrules a newer one.
    """
    if reported_at is not None and heard_of is not None and reported_at < heard_of:
        return AlertChange.OUTDATED
    if firing:
        return AlertChange.REPEATED if standing else AlertChange.NEW
    return AlertChange.RESOLVED if standing else AlertChange.NOTHING_OPEN


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What counts of one alert: `services` without those that are under maintenance now.

    A firing alert is `due` when it has waited for others of the same cause for long enough, so
    that one cause makes one announcement. It stands for `count` alerts of `source` that are alike.
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
        """Whether it gives reason to tell visitors something now."""
        return self.firing and self.due and bool(self.services)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What counts of the incident about the cause. `returns` are the times it came back."""

    owner: Owner
    status: IncidentStatus
    services: Mapping[int, ServiceStatus]
    returns: tuple[datetime, ...]
    is_flapping: bool
    is_dismissed: bool = False


class Transition(StrEnum):
    """What automation does next."""

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
    """What to do about a cause, given its incident and its alerts.

    `incident` is the one its firing alerts belong to, else the newest that is open or was resolved
    within the temper's `reopen_within`: failing again then continues it. Nothing is ever done to an
    incident that staff own or have dismissed.
    """
    loud = [alert for alert in alerts if alert.is_actionable]
    if incident is None:
        return Transition.OPEN if loud and _are_enough(alerts, policy) else Transition.NOTHING
    if incident.owner is Owner.STAFF or incident.is_dismissed:
        return Transition.NOTHING
    if loud:
        return _when_loud(incident, loud, now, policy)
    if any(alert.firing for alert in alerts):
        return Transition.NOTHING
    return _when_quiet(incident, alerts, now, policy)


def newly_affected(
    incident: IncidentFacts, alerts: Sequence[AlertFacts]
) -> dict[int, ServiceStatus]:
    """The services that the firing alerts make worse than the incident says they are."""
    affected: dict[int, ServiceStatus] = {}
    for alert in alerts:
        if not alert.firing:
            continue
        for service, status in alert.services.items():
            said = affected.get(service, incident.services.get(service, ServiceStatus.OPERATIONAL))
            if status.severity > said.severity:
                affected[service] = status
    return affected


def _are_enough(alerts: Sequence[AlertFacts], policy: IncidentPolicy) -> bool:
    telling = [alert for alert in alerts if alert.firing and alert.services]
    return (
        sum(alert.count for alert in telling) >= policy.min_alerts
        and len({alert.source for alert in telling}) >= policy.min_sources
    )


def _when_loud(
    incident: IncidentFacts, loud: Sequence[AlertFacts], now: datetime, policy: IncidentPolicy
) -> Transition:
    joins = bool(newly_affected(incident, loud))
    if incident.is_flapping:
        return Transition.FLAP if joins else Transition.NOTHING
    if incident.status in {IncidentStatus.MONITORING, IncidentStatus.RESOLVED}:
        lately = [at for at in incident.returns if now - at <= policy.flapping_window]
        return (
            Transition.FLAP if len(lately) >= policy.returns_before_flapping else Transition.RECUR
        )
    return Transition.JOIN if joins else Transition.NOTHING


def _when_quiet(
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


def _quiet_for(alerts: Sequence[AlertFacts], now: datetime, least: timedelta) -> bool:
    return all(
        alert.ended_at is not None and now - alert.ended_at >= max(alert.resolve_after, least)
        for alert in alerts
    )
