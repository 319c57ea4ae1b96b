"""From what an alert says to services and to what happens: routes, severities, groups. Pure.

Source: monitors/README.md section 5, rules 3, 4, 5, 10 and 11.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import InvalidError
from app.domain.statuses import ServiceStatus

__all__ = [
    "DEFAULT_ROUTE",
    "GROUP_WAIT",
    "NOTE_LASTS",
    "REOPEN_WITHIN",
    "RESOLVE_AFTER",
    "STATUSES",
    "Matcher",
    "Route",
    "RouteAction",
    "RouteInput",
    "RoutingDecision",
    "ServiceNames",
    "route_alert",
]

GROUP_WAIT = timedelta(seconds=60)
RESOLVE_AFTER = timedelta(seconds=120)
REOPEN_WITHIN = timedelta(minutes=30)
# How long staff see a note of something that nobody will ever call resolved.
NOTE_LASTS = timedelta(hours=24)

_NAMING_LABELS = ("service", "component", "app")
_LONGEST_PATTERN = 500
_LONGEST_MATCHED = 1000

# Rule 11. A status of operational means that nothing is said.
STATUSES: Mapping[str, ServiceStatus] = MappingProxyType(
    {
        "critical": ServiceStatus.MAJOR_OUTAGE,
        "major": ServiceStatus.PARTIAL_OUTAGE,
        "minor": ServiceStatus.DEGRADED_PERFORMANCE,
        "info": ServiceStatus.OPERATIONAL,
        "unknown": ServiceStatus.DEGRADED_PERFORMANCE,
    }
)


class RouteAction(StrEnum):
    """What an alert leads to.

    `service_only` gives services their status and opens nothing; `note` is for staff alone;
    `ignore` is kept and leads to nothing; `unmapped` waits for staff to say where it belongs.
    """

    INCIDENT = "incident"
    SERVICE_ONLY = "service_only"
    NOTE = "note"
    IGNORE = "ignore"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label, as Alertmanager has them; a label that is not there is empty.

    Regular expressions match the whole value. Raises InvalidError when it is none.
    """

    label: str
    operator: str
    value: str

    def __post_init__(self) -> None:
        if self.operator not in {"=", "!=", "=~", "!~"}:
            raise InvalidError(
                "The operator of a matcher is one of =, !=, =~ and !~.",
                code="invalid_matcher",
                field="matchers",
            )
        if not self.label or max(len(self.label), len(self.value)) > _LONGEST_PATTERN:
            raise InvalidError(
                f"A matcher names a label, and is at most {_LONGEST_PATTERN} characters long.",
                code="invalid_matcher",
                field="matchers",
            )
        if self.operator.endswith("~"):
            _compiled(self.value)

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether labels like these are meant."""
        value = labels.get(self.label, "")[:_LONGEST_MATCHED]
        if self.operator.endswith("~"):
            found = _compiled(self.value).fullmatch(value) is not None
        else:
            found = value == self.value
        return found is not self.operator.startswith("!")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.DOTALL)
    except (re.error, RecursionError, OverflowError):
        raise InvalidError(
            f"{pattern[:60]!r} is no regular expression.", code="invalid_matcher", field="matchers"
        ) from None


@dataclass(frozen=True, slots=True)
class Route:
    """What is done with the alerts that fit all `matchers`.

    `services` are those it is about; without any, `service_label` names the label whose value names
    one. `publish` None means the source's own publish mode. `source` None means any.
    """

    id: str
    source: int | None = None
    matchers: tuple[Matcher, ...] = ()
    action: RouteAction = RouteAction.INCIDENT
    services: tuple[int, ...] = ()
    service_label: str | None = None
    statuses: Mapping[str, ServiceStatus] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    group_wait: timedelta = GROUP_WAIT
    min_alerts: int = 1
    min_sources: int = 1
    resolve_after: timedelta = RESOLVE_AFTER
    reopen_within: timedelta = REOPEN_WITHIN
    publish: str | None = None


DEFAULT_ROUTE = Route("default")


@dataclass(frozen=True, slots=True)
class RouteInput:
    """What routes look at. `service` is the name that the monitor gives; `labels` are its own."""

    source: int
    title: str
    severity: str
    labels: Mapping[str, str]
    service: str | None = None
    resolves: bool = True
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> Mapping[str, str]:
        """The labels that matchers see: the monitor's own, and what every alert has."""
        usual = {"title": self.title, "severity": self.severity, "service": self.service or ""}
        return {**usual, **self.known, **self.labels}


@dataclass(frozen=True, slots=True)
class ServiceNames:
    """The services that alerts can name: internal ids by slug and by case-folded alias."""

    by_name: Mapping[str, int]

    def find(self, name: str | None) -> int | None:
        """The service of exactly this slug or alias, whatever its case; never a similar one."""
        return self.by_name.get(name.strip().casefold()) if name else None


@dataclass(frozen=True, slots=True)
class RoutingDecision:
    """Where one alert leads. `cause` is what groups it; empty when it opens nothing."""

    route: Route
    action: RouteAction
    services: Mapping[int, ServiceStatus]
    cause: str


def route_alert(said: RouteInput, routes: Sequence[Route], names: ServiceNames) -> RoutingDecision:
    """Where an alert leads: the first route that fits decides, else the names it carries."""
    seen = said.seen
    route = next((each for each in routes if _fits(each, said.source, seen)), DEFAULT_ROUTE)
    if route.action in {RouteAction.IGNORE, RouteAction.NOTE}:
        return RoutingDecision(route, route.action, {}, "")
    numbers = _services(said, route, seen, names)
    if not numbers:
        return RoutingDecision(route, RouteAction.UNMAPPED, {}, "")
    status = {**STATUSES, **route.statuses}.get(said.severity, STATUSES["unknown"])
    affected = dict.fromkeys(numbers, status)
    if not said.resolves or status is ServiceStatus.OPERATIONAL:
        # Nobody would ever take it back; or it is nothing that visitors suffer from.
        return RoutingDecision(route, RouteAction.NOTE, affected, "")
    return RoutingDecision(route, route.action, affected, _cause(route, numbers, seen))


def _fits(route: Route, source: int, seen: Mapping[str, str]) -> bool:
    ours = route.source in {None, source}
    return ours and all(matcher.fits(seen) for matcher in route.matchers)


def _services(
    said: RouteInput, route: Route, seen: Mapping[str, str], names: ServiceNames
) -> tuple[int, ...]:
    if route.services:
        return route.services
    if route.service_label is not None:
        return _first(names, [seen.get(route.service_label)])
    labels = (said.labels.get(label) for label in _NAMING_LABELS)
    return _first(names, [said.service, *labels, said.title])


def _first(names: ServiceNames, given: Iterable[str | None]) -> tuple[int, ...]:
    found = (names.find(name) for name in given)
    return next(((number,) for number in found if number is not None), ())


def _cause(route: Route, services: Sequence[int], seen: Mapping[str, str]) -> str:
    values: list[object] = [seen.get(label, "") for label in route.group_by]
    about = json.dumps(values or sorted(services))
    return f"monitor:{route.id}:{hashlib.sha256(about.encode()).hexdigest()[:24]}"
