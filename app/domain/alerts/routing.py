"""Routing of alerts: routes map an alert to services, an action and a cause. Pure.

Source: monitors/README.md section 5, rules 3, 4, 5, 10 and 11.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.alerts.alerts import REOPEN_WITHIN
from app.domain.errors import InvalidError
from app.domain.patterns import CompiledPattern, PatternError, compile_pattern
from app.domain.statuses import ServiceStatus
from app.domain.texts.names import fold_name, fold_pattern, normalize_name

__all__ = [
    "DEFAULT_ROUTE",
    "GROUP_WAIT",
    "NOTE_EXPIRES_AFTER",
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
# How long staff see an alert that its monitor never reports as resolved.
NOTE_EXPIRES_AFTER = timedelta(hours=24)

_SERVICE_LABELS = ("service", "component", "app")
_MAX_PATTERN_CHARS = 500
_MAX_VALUE_CHARS = 1000

# Rule 11: the service status for each severity. OPERATIONAL: no incident opens.
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
    """Action for an alert.

    `incident`: open an incident. `service_only`: set the status of the services, open none. `note`:
    show it to staff only. `ignore`: store the event and do nothing. `unmapped`: no service was
    found; staff have to add a route or an alias.
    """

    INCIDENT = "incident"
    SERVICE_ONLY = "service_only"
    NOTE = "note"
    IGNORE = "ignore"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Matcher:
    """Condition on one label, with Alertmanager's operators. A missing label counts as empty.

    Label names and values are compared as by `fold_name`. Regular expressions ignore case and match
    the whole value; they run in linear time, without backreferences and lookarounds. Raises
    InvalidError for an invalid condition.
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
        if not self.label or max(len(self.label), len(self.value)) > _MAX_PATTERN_CHARS:
            raise InvalidError(
                f"A matcher names a label, and is at most {_MAX_PATTERN_CHARS} characters long.",
                code="invalid_matcher",
                field="matchers",
            )
        if self.operator.endswith("~"):
            _compiled(normalize_name(self.value))
            _compiled(fold_pattern(self.value))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet the condition."""
        value = _label(labels, self.label)[:_MAX_VALUE_CHARS]
        if self.operator.endswith("~"):
            # Folded too: IGNORECASE folds no letter to two, such as the German sharp s.
            encodable = value.encode("utf-8", "replace").decode()
            found = bool(
                _compiled(normalize_name(self.value)).fullmatch(normalize_name(encodable))
                or _compiled(fold_pattern(self.value)).fullmatch(fold_name(encodable))
            )
        else:
            found = fold_name(value) == fold_name(self.value)
        return found is not self.operator.startswith("!")


def _label(labels: Mapping[str, str], name: str) -> str:
    """Value of a label; the spelling of the name in `labels` may be folded."""
    found = labels.get(name)
    return labels.get(fold_name(name), "") if found is None else found


def _compiled(pattern: str) -> CompiledPattern:
    try:
        return compile_pattern(pattern, ignore_case=True)
    except PatternError as error:
        raise InvalidError(
            f"{pattern[:60]!r} is no regular expression of RE2: {error}.",
            code="invalid_matcher",
            field="matchers",
        ) from None


@dataclass(frozen=True, slots=True)
class Route:
    """Rule for the alerts that match all `matchers`.

    The alerts are about `services`; if empty, about the service named by the label `service_label`.
    `publish` None means the publish mode of the source, `source` None any source.
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
    """Alert as input of routing; `service` and `labels` come from the monitor."""

    source: int
    title: str
    severity: str
    labels: Mapping[str, str]
    service: str | None = None
    resolves: bool = True
    source_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def match_labels(self) -> Mapping[str, str]:
        """Labels for matchers: those of the monitor, and those that every alert has.

        Each stands under its own name and under the folded name.
        """
        common = {"title": self.title, "severity": self.severity, "service": self.service or ""}
        labels = {**common, **self.source_labels, **self.labels}
        return {**{fold_name(name): value for name, value in labels.items()}, **labels}


@dataclass(frozen=True, slots=True)
class ServiceNames:
    """Index of services: internal ids by slug and by alias."""

    by_name: Mapping[str, int]

    @classmethod
    def of(cls, names: Mapping[str, int]) -> "ServiceNames":
        """Build the index from slugs and aliases as stored.

        Rows of earlier versions have aliases that are not in NFC, so names are folded here.
        """
        return cls({**{fold_name(name): number for name, number in names.items()}, **names})

    def find(self, name: str | None) -> int | None:
        """Find the service with exactly this slug or alias, compared as by `fold_name`."""
        return self.by_name.get(fold_name(name)) if name else None


@dataclass(frozen=True, slots=True)
class RoutingDecision:
    """Result of routing. `cause` is the grouping key; empty if no incident is to open.

    `reason` says in English why none opens, for staff; empty if one may.
    """

    route: Route
    action: RouteAction
    services: Mapping[int, ServiceStatus]
    cause: str
    reason: str = ""


def route_alert(alert: RouteInput, routes: Sequence[Route], names: ServiceNames) -> RoutingDecision:
    """Apply the first matching route; without one, find the service by the names in the alert."""
    labels = alert.match_labels
    route = next((each for each in routes if _matches(each, alert.source, labels)), DEFAULT_ROUTE)
    if route.action in {RouteAction.IGNORE, RouteAction.NOTE}:
        reason = f"its route, {route.id}, has the action {route.action.value}"
        return RoutingDecision(route, route.action, {}, "", reason)
    numbers = _services(alert, route, labels, names)
    if not numbers:
        reason = "it names no service of the page; add an alias or a route"
        return RoutingDecision(route, RouteAction.UNMAPPED, {}, "", reason)
    status = {**STATUSES, **route.statuses}.get(alert.severity, STATUSES["unknown"])
    affected = dict.fromkeys(numbers, status)
    if not alert.resolves:
        reason = "its end is never reported"
        return RoutingDecision(route, RouteAction.NOTE, affected, "", reason)
    if status is ServiceStatus.OPERATIONAL:
        reason = f"its severity, {alert.severity}, affects no visitors"
        return RoutingDecision(route, RouteAction.NOTE, affected, "", reason)
    return RoutingDecision(route, route.action, affected, _cause(route, numbers, labels))


def _matches(route: Route, source: int, labels: Mapping[str, str]) -> bool:
    if route.source not in {None, source}:
        return False
    return all(matcher.matches(labels) for matcher in route.matchers)


def _services(
    alert: RouteInput, route: Route, labels: Mapping[str, str], names: ServiceNames
) -> tuple[int, ...]:
    if route.services:
        return route.services
    if route.service_label is not None:
        return _first(names, [_label(labels, route.service_label)])
    named = (_label(labels, label) for label in _SERVICE_LABELS)
    return _first(names, [alert.service, *named, alert.title])


def _first(names: ServiceNames, candidates: Iterable[str | None]) -> tuple[int, ...]:
    found = (names.find(name) for name in candidates)
    return next(((number,) for number in found if number is not None), ())


def _cause(route: Route, services: Sequence[int], labels: Mapping[str, str]) -> str:
    values: list[object] = [fold_name(_label(labels, label)) for label in route.group_by]
    group = json.dumps(values or sorted(services))
    return f"monitor:{route.id}:{hashlib.sha256(group.encode()).hexdigest()[:24]}"
