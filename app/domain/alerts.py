"""From alerts to an incident: what automation does next about one cause. Pure; time is an argument.

Sources: design section 6, certificates/README.md section 5, monitors/README.md section 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.ownership import Owner
from app.domain.phrases import Phrased
from app.domain.statuses import IncidentStatus, ServiceStatus

__all__ = [
    "FLAPPING_PEACE",
    "REOPEN_WITHIN",
    "AlertFacts",
    "AlertReport",
    "AlertState",
    "IncidentFacts",
    "Move",
    "Statement",
    "newly_affected",
    "next_move",
]

REOPEN_WITHIN = timedelta(minutes=30)
FLAPPING_PEACE = timedelta(minutes=30)
_FLAPPING_SPAN = timedelta(hours=1)


class AlertState(StrEnum):
    """Whether what an alert states still holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Statement:
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
    settle: timedelta


@dataclass(frozen=True, slots=True)
class AlertReport:
    """One message about an alert: what it states, or None when it does not hold any more.

    `cause` groups alerts onto one incident.
    """

    source: str
    dedup_key: str
    cause: str
    at: datetime
    states: Statement | None


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What counts of one alert: `services` without those that are under maintenance now.

    A firing alert is `due` when it has waited for others of the same cause for long enough, so
    that one cause makes one announcement.
    """

    firing: bool
    due: bool
    services: Mapping[int, ServiceStatus]
    ended_at: datetime | None
    settle: timedelta

    @property
    def is_loud(self) -> bool:
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


class Move(StrEnum):
    """What automation does next."""

    NOTHING = "nothing"
    OPEN = "open"
    JOIN = "join"
    RECUR = "recur"
    FLAP = "flap"
    MONITOR = "monitor"
    RESOLVE = "resolve"


def next_move(incident: IncidentFacts | None, alerts: Sequence[AlertFacts], now: datetime) -> Move:
    """What to do about a cause, given its incident and its alerts.

    `incident` is the one its firing alerts belong to, else the newest that is open or was resolved
    within REOPEN_WITHIN: failing again then continues it. Nothing is ever done to an incident that
    staff own or have dismissed.
    """
    loud = [alert for alert in alerts if alert.is_loud]
    if incident is None:
        return Move.OPEN if loud else Move.NOTHING
    if incident.owner is Owner.STAFF or incident.is_dismissed:
        return Move.NOTHING
    if loud:
        return _when_loud(incident, loud, now)
    if any(alert.firing for alert in alerts):
        return Move.NOTHING
    return _when_quiet(incident, alerts, now)


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


def _when_loud(incident: IncidentFacts, loud: Sequence[AlertFacts], now: datetime) -> Move:
    joins = bool(newly_affected(incident, loud))
    if incident.is_flapping:
        return Move.FLAP if joins else Move.NOTHING
    if incident.status in {IncidentStatus.MONITORING, IncidentStatus.RESOLVED}:
        lately = [at for at in incident.returns if now - at <= _FLAPPING_SPAN]
        return Move.FLAP if lately else Move.RECUR
    return Move.JOIN if joins else Move.NOTHING


def _when_quiet(incident: IncidentFacts, alerts: Sequence[AlertFacts], now: datetime) -> Move:
    if incident.status is IncidentStatus.RESOLVED:
        return Move.NOTHING
    if incident.is_flapping:
        return Move.RESOLVE if _quiet_for(alerts, now, FLAPPING_PEACE) else Move.NOTHING
    if incident.status is not IncidentStatus.MONITORING:
        return Move.MONITOR
    return Move.RESOLVE if _quiet_for(alerts, now, timedelta()) else Move.NOTHING


def _quiet_for(alerts: Sequence[AlertFacts], now: datetime, least: timedelta) -> bool:
    return all(
        alert.ended_at is not None and now - alert.ended_at >= max(alert.settle, least)
        for alert in alerts
    )
