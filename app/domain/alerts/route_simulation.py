"""What would have happened: the incidents that words of monitors would have made. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.alerts.routing import RouteAction, RoutingDecision
from app.domain.statuses import ServiceStatus

__all__ = ["RoutedReport", "SimulatedIncident", "simulate_routes"]


@dataclass(frozen=True, slots=True)
class RoutedReport:
    """One word of a monitor about one alert, and where it leads."""

    at: datetime
    source: int
    key: str
    firing: bool
    decision: RoutingDecision
    publish: str


@dataclass(frozen=True, slots=True)
class SimulatedIncident:
    """An incident that would have opened. `quiet_at` is None when it would still be open."""

    services: Mapping[int, ServiceStatus]
    opens_at: datetime
    quiet_at: datetime | None
    alerts: int
    publish: str


@dataclass(frozen=True, slots=True)
class _Episode:
    word: RoutedReport
    ended_at: datetime | None


def simulate_routes(words: Iterable[RoutedReport]) -> list[SimulatedIncident]:
    """The incidents of these words, oldest first, as group wait and grouping would have it.

    Maintenances, staff and what was going on before are left out.
    """
    causes: dict[str, list[_Episode]] = {}
    for episode in _episodes(sorted(words, key=lambda word: word.at)):
        if episode.word.decision.action is RouteAction.INCIDENT:
            causes.setdefault(episode.word.decision.cause, []).append(episode)
    found = [incident for episodes in causes.values() for incident in _incidents(episodes)]
    return sorted(found, key=lambda incident: incident.opens_at)


def _episodes(words: Sequence[RoutedReport]) -> list[_Episode]:
    standing: dict[tuple[int, str], RoutedReport] = {}
    over: list[_Episode] = []
    for word in words:
        about = (word.source, word.key)
        if word.firing:
            standing.setdefault(about, word)
        elif about in standing:
            over.append(_Episode(standing.pop(about), word.at))
    over += [_Episode(word, None) for word in standing.values()]
    return sorted(over, key=lambda episode: episode.word.at)


def _incidents(episodes: Sequence[_Episode]) -> list[SimulatedIncident]:
    route = episodes[0].word.decision.route
    lasting = [each for each in episodes if _lasts(each, route.group_wait)]
    enough = (
        len(lasting) >= route.min_alerts
        and len({each.word.source for each in lasting}) >= route.min_sources
    )
    if not lasting or not enough:
        return []
    patience = route.resolve_after + route.reopen_within
    groups: list[list[_Episode]] = [[lasting[0]]]
    for episode in lasting[1:]:
        quiet_at = _quiet_at(groups[-1])
        if quiet_at is not None and episode.word.at - quiet_at > patience:
            groups.append([])
        groups[-1].append(episode)
    return [_incident(group, route.group_wait) for group in groups]


def _lasts(episode: _Episode, wait: timedelta) -> bool:
    return episode.ended_at is None or episode.ended_at - episode.word.at >= wait


def _quiet_at(group: Sequence[_Episode]) -> datetime | None:
    ends = [each.ended_at for each in group if each.ended_at is not None]
    return max(ends) if len(ends) == len(group) else None


def _incident(group: Sequence[_Episode], wait: timedelta) -> SimulatedIncident:
    services: dict[int, ServiceStatus] = {}
    for episode in group:
        for service, status in episode.word.decision.services.items():
            worse = services.get(service, status)
            services[service] = max(worse, status, key=lambda each: each.severity)
    opens_at = min(each.word.at for each in group) + wait
    return SimulatedIncident(
        services, opens_at, _quiet_at(group), len(group), group[0].word.publish
    )
