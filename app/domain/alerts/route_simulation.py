"""Simulation of routes: the incidents that a list of alert reports would have opened. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.alerts.routing import RouteAction, RoutingDecision
from app.domain.statuses import ServiceStatus

__all__ = ["RoutedReport", "SimulatedIncident", "simulate_routes"]


@dataclass(frozen=True, slots=True)
class RoutedReport:
    """Report of a monitor about one alert, with the routing decision for it."""

    at: datetime
    source: int
    key: str
    firing: bool
    decision: RoutingDecision
    publish: str


@dataclass(frozen=True, slots=True)
class SimulatedIncident:
    """Incident that would have opened. `quiet_at` is None if it would still be open."""

    services: Mapping[int, ServiceStatus]
    opens_at: datetime
    quiet_at: datetime | None
    alerts: int
    publish: str


@dataclass(frozen=True, slots=True)
class _Episode:
    report: RoutedReport
    ended_at: datetime | None


def simulate_routes(reports: Iterable[RoutedReport]) -> list[SimulatedIncident]:
    """Apply group wait and grouping to the reports; return the incidents, oldest first.

    Maintenances, changes by staff and earlier alerts are not taken into account.
    """
    causes: dict[str, list[_Episode]] = {}
    for episode in _episodes(sorted(reports, key=lambda report: report.at)):
        if episode.report.decision.action is RouteAction.INCIDENT:
            causes.setdefault(episode.report.decision.cause, []).append(episode)
    found = [incident for episodes in causes.values() for incident in _incidents(episodes)]
    return sorted(found, key=lambda incident: incident.opens_at)


def _episodes(reports: Sequence[RoutedReport]) -> list[_Episode]:
    unresolved: dict[tuple[int, str], RoutedReport] = {}
    episodes: list[_Episode] = []
    for report in reports:
        alert = (report.source, report.key)
        if report.firing:
            unresolved.setdefault(alert, report)
        elif alert in unresolved:
            episodes.append(_Episode(unresolved.pop(alert), report.at))
    episodes += [_Episode(report, None) for report in unresolved.values()]
    return sorted(episodes, key=lambda episode: episode.report.at)


def _incidents(episodes: Sequence[_Episode]) -> list[SimulatedIncident]:
    route = episodes[0].report.decision.route
    due = [each for each in episodes if _outlasts(each, route.group_wait)]
    is_enough = (
        len(due) >= route.min_alerts
        and len({each.report.source for each in due}) >= route.min_sources
    )
    if not due or not is_enough:
        return []
    max_gap = route.resolve_after + route.reopen_within
    groups: list[list[_Episode]] = [[due[0]]]
    for episode in due[1:]:
        quiet_at = _quiet_at(groups[-1])
        if quiet_at is not None and episode.report.at - quiet_at > max_gap:
            groups.append([])
        groups[-1].append(episode)
    return [_incident(group, route.group_wait) for group in groups]


def _outlasts(episode: _Episode, wait: timedelta) -> bool:
    return episode.ended_at is None or episode.ended_at - episode.report.at >= wait


def _quiet_at(group: Sequence[_Episode]) -> datetime | None:
    ends = [each.ended_at for each in group if each.ended_at is not None]
    return max(ends) if len(ends) == len(group) else None


def _incident(group: Sequence[_Episode], wait: timedelta) -> SimulatedIncident:
    services: dict[int, ServiceStatus] = {}
    for episode in group:
        for service, status in episode.report.decision.services.items():
            worst = services.get(service, status)
            services[service] = max(worst, status, key=lambda each: each.severity)
    opens_at = min(each.report.at for each in group) + wait
    publish = group[0].report.publish
    return SimulatedIncident(services, opens_at, _quiet_at(group), len(group), publish)
