"""State machine of automation: the next transition of a cause's incident, given its alerts. Pure.

Sources: design section 6, certificates/README.md section 5, monitors/README.md section 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.ownership import Owner
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrased

__all__ = [
    "MAX_STATED_AGE",
    "MONITORS",
    "NEW_START_TOLERANCE",
    "PROBES",
    "REOPEN_WITHIN",
    "REPEATED_START_TOLERANCE",
    "AlertChange",
    "AlertClaim",
    "AlertFacts",
    "AlertReport",
    "AlertState",
    "FormerReports",
    "IncidentFacts",
    "IncidentPolicy",
    "MonitorClaim",
    "ReportTimes",
    "Transition",
    "accept_stated_time",
    "classify_report",
    "newly_affected",
    "next_transition",
]

REOPEN_WITHIN = timedelta(minutes=30)

# If the sender states no time of the report, a report that an alert fires, with a start before its
# end, is either late or means that the alert fires again. It counts as late only within a tolerance
# after the end, because Alertmanager repeats a firing alert only after repeat_interval (4 h).
# A start that was reported before: with a group_interval of 10 s, the smallest in use, the next
# report arrives 10 s later. A start that was not reported before: a sender that retries 5 times,
# 20 s apart, delivers it up to 100 s after the end.
REPEATED_START_TOLERANCE = timedelta(seconds=5)
NEW_START_TOLERANCE = timedelta(minutes=2)

# A report whose time is later than its arrival shows that the sender's clock was ahead. If a later
# one is older, but its time is just before its arrival, the clock was set back in between. By less
# than this a clock is ahead unnoticed, and a retry after as long would look like that.
_MIN_CLOCK_ERROR = timedelta(seconds=30)
_MAX_PROMPT_DELAY = timedelta(seconds=30)
_MAX_PROMPT_LEAD = timedelta(seconds=1)
# No sender delivers a report this much later than another one; its clock was reset.
_MAX_LATENESS = timedelta(days=7)


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


# A start or end that is stated to be older than this is an error, or means something else, such as
# the first occurrence ever. The limit keeps it from changing the uptime of past days.
MAX_STATED_AGE = timedelta(hours=24)


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

    `cause` groups alerts into one incident; empty when none is to be opened. `started_at` and
    `ended_at` are the start and the end of the alert by the sender's clock, None when unknown.
    `source_id` and `event_id` identify the source and the inbound event of a monitor's report. The
    end of a placeholder is ignored unless it fired before.
    """

    source: str
    dedup_key: str
    cause: str
    at: datetime
    claim: AlertClaim | None
    times: "ReportTimes | None" = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
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


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """What is known of the time of a report.

    `reported_at` is the time by the sender's clock, None when the sender states none;
    `reported_from` the earliest time at which the sender can have made the report. `started_at` is
    the start of the alert as the report states it. `is_replay` says that staff process a former
    request again; other reports are given in the order of their arrival.
    """

    received_at: datetime
    reported_at: datetime | None = None
    reported_from: datetime | None = None
    started_at: datetime | None = None
    is_replay: bool = False

    @property
    def earliest(self) -> datetime | None:
        """The earliest time at which the sender can have made the report; None if unknown."""
        return self.reported_from or self.reported_at


@dataclass(frozen=True, slots=True)
class FormerReports:
    """What earlier reports stated of an alert and its newest episode.

    `reported_at` is the latest time by the sender's clock that a report was certainly made at or
    after. `started_at` is the stated start of the episode. `received_at` is the arrival of the
    latest report, which is that of an end unless the alert is unresolved. `has_fired` is False if
    an end arrived without a beginning.
    """

    is_unresolved: bool
    has_fired: bool = True
    reported_at: datetime | None = None
    started_at: datetime | None = None
    received_at: datetime | None = None


def classify_report(
    *, firing: bool, times: ReportTimes | None, former: FormerReports | None
) -> AlertChange:
    """Classify a report, given the earlier reports about its alert (rules 1 and 2).

    An older report never overrides a newer one.
    """
    if times is not None and former is not None and _is_outdated(times, former, firing=firing):
        return AlertChange.OUTDATED
    is_unresolved = former is not None and former.is_unresolved
    if firing:
        return AlertChange.REPEATED if is_unresolved else AlertChange.NEW
    return AlertChange.RESOLVED if is_unresolved else AlertChange.NOTHING_OPEN


def accept_stated_time(stated: datetime | None, received_at: datetime) -> datetime | None:
    """Return the start or end that a sender stated, or None if the time of arrival counts instead.

    A time after the arrival, or more than MAX_STATED_AGE before it, is not accepted.
    """
    if stated is None or not received_at - MAX_STATED_AGE <= stated <= received_at:
        return None
    return stated


def _is_outdated(times: ReportTimes, former: FormerReports, *, firing: bool) -> bool:
    if times.reported_at is not None:
        return _is_older(times, times.reported_at, former)
    if times.is_replay and former.received_at and times.received_at < former.received_at:
        return True
    if times.reported_from is None:
        return False
    if not firing:
        return former.is_unresolved and _is_of_earlier_episode(times, former)
    return (
        not former.is_unresolved
        and former.reported_at is not None
        and times.reported_from < former.reported_at
        and not _arrives_after_end(times, times.reported_from, former, former.reported_at)
    )


def _is_older(times: ReportTimes, reported_at: datetime, former: FormerReports) -> bool:
    """Whether a report that was made at `reported_at` is older than a former one.

    A time without a fraction is compared as one of whole seconds: senders that state fractions of
    the time of one report may state none of another.
    """
    if former.reported_at is None:
        return False
    latest = former.reported_at
    if reported_at.microsecond == 0:
        latest = latest.replace(microsecond=0)
    return reported_at < latest and not _was_clock_set_back(times, reported_at, former)


def _was_clock_set_back(times: ReportTimes, reported_at: datetime, former: FormerReports) -> bool:
    """Whether the sender's clock was ahead at a former report and no longer is, or was reset."""
    if former.reported_at is None or former.received_at is None or times.is_replay:
        return False
    if former.reported_at - reported_at > _MAX_LATENESS:
        return True
    was_ahead = former.reported_at - former.received_at > _MIN_CLOCK_ERROR
    delay = times.received_at - reported_at
    return was_ahead and -_MAX_PROMPT_LEAD <= delay <= _MAX_PROMPT_DELAY


def _is_of_earlier_episode(times: ReportTimes, former: FormerReports) -> bool:
    """Whether the report states a start and an end before the start of the newest episode.

    An episode that repeats the start of the former one starts at the end of that.
    """
    if former.started_at is None or times.started_at is None or times.reported_from is None:
        return False
    return times.started_at < former.started_at and times.reported_from <= former.started_at


def _arrives_after_end(
    times: ReportTimes, reported_from: datetime, former: FormerReports, ended_at: datetime
) -> bool:
    """Whether a report that an alert fires since before its end arrives clearly after the end."""
    if _is_end_ahead(times, reported_from, former, ended_at):
        return True
    is_repeated_start = former.has_fired and (
        former.started_at is None or reported_from <= former.started_at
    )
    if is_repeated_start and times.received_at - ended_at > REPEATED_START_TOLERANCE:
        return True
    tolerance = REPEATED_START_TOLERANCE if is_repeated_start else NEW_START_TOLERANCE
    return former.received_at is not None and times.received_at - former.received_at > tolerance


def _is_end_ahead(
    times: ReportTimes, reported_from: datetime, former: FormerReports, ended_at: datetime
) -> bool:
    """Whether the end was stated ahead of its arrival, and the start lies between the arrivals."""
    if former.received_at is None or ended_at - former.received_at <= _MIN_CLOCK_ERROR:
        return False
    return former.received_at < reported_from <= times.received_at


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """Facts about a group of `count` equivalent alerts of `source`.

    `services` excludes services under maintenance. A firing alert is `due` when its group wait has
    passed, so that one cause leads to one announcement. `ended_at` is the arrival of the last end.
    `source_started_at` is the earliest start that the source stated, `source_ended_at` the latest
    end, None unless it stated the end of each alert.
    """

    firing: bool
    due: bool
    services: Mapping[int, ServiceStatus]
    ended_at: datetime | None
    resolve_after: timedelta
    source: str = ""
    count: int = 1
    source_started_at: datetime | None = None
    source_ended_at: datetime | None = None

    @property
    def is_actionable(self) -> bool:
        """Whether the alert may open or change a public incident now."""
        return self.firing and self.due and bool(self.services)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Facts about the incident of a cause.

    `recurrences` are the times at which it recurred, `updated_at` is that of its latest update.
    """

    owner: Owner
    status: IncidentStatus
    services: Mapping[int, ServiceStatus]
    recurrences: tuple[datetime, ...]
    is_flapping: bool
    is_dismissed: bool = False
    updated_at: datetime | None = None


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
