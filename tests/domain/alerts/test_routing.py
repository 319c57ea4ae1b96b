"""Matchers, routes, and the services, status and cause that they give an alert."""

from datetime import timedelta

import pytest

from app.domain.alerts.routing import (
    Matcher,
    Route,
    RouteAction,
    RouteInput,
    RoutingDecision,
    ServiceNames,
    route_alert,
)
from app.domain.errors import InvalidError
from app.domain.statuses import ServiceStatus

NAMES = ServiceNames.of({"payments": 1, "Search": 2})
ALERT = RouteInput(7, "Errors at the till", "major", {"job": "checkout"}, service="payments")


def routed(alert: RouteInput = ALERT, *routes: Route) -> RoutingDecision:
    return route_alert(alert, routes, NAMES)


@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        ("=", "CHECKOUT", True),
        ("=", "check", False),
        ("!=", "checkout", False),
        ("!=", "search", True),
        ("=~", "CHECK.*", True),
        ("=~", "check", False),
        ("!~", "check.*", False),
        ("!~", "search", True),
    ],
)
def test_a_matcher_compares_the_whole_value_without_case(
    operator: str, value: str, *, matches: bool
) -> None:
    assert Matcher("JOB", operator, value).matches(ALERT.match_labels) is matches


def test_a_missing_label_counts_as_empty() -> None:
    assert Matcher("team", "=", "").matches(ALERT.match_labels)


@pytest.mark.parametrize(
    ("label", "operator", "value"),
    [
        ("job", "==", "x"),
        ("", "=", "x"),
        ("job", "=", "x" * 501),
        ("j" * 501, "=", "x"),
        ("job", "=~", "("),
        ("job", "!~", "x{99999999999}"),
        ("job", "!~", "x{1001}"),
        ("job", "=~", r"(x)\1"),
        ("job", "=~", "(?=x)x"),
        ("job", "=~", "(?<!y)x"),
        ("job", "=~", "(x{1000}){1000}"),
    ],
)
def test_an_invalid_matcher_is_refused(label: str, operator: str, value: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Matcher(label, operator, value)
    assert (refused.value.code, refused.value.field) == ("invalid_matcher", "matchers")


def test_the_first_route_that_matches_decides() -> None:
    other = Route("other", matchers=(Matcher("job", "=", "search"),))
    first, second = Route("first", services=(2,)), Route("second", services=(1,))
    assert routed(ALERT, other, first, second).route is first


def test_a_route_of_another_source_does_not_match() -> None:
    assert routed(ALERT, Route("theirs", source=8)).route.id == "default"


def test_a_route_of_the_source_matches() -> None:
    assert routed(ALERT, Route("ours", source=7)).route.id == "ours"


@pytest.mark.parametrize("action", [RouteAction.IGNORE, RouteAction.NOTE])
def test_an_alert_that_is_ignored_or_noted_affects_no_service(action: RouteAction) -> None:
    decision = routed(ALERT, Route("quiet", action=action, services=(1,)))
    assert (decision.action, decision.services, decision.cause) == (action, {}, "")


def test_an_alert_without_a_known_service_is_unmapped() -> None:
    decision = routed(RouteInput(7, "Errors", "major", {}))
    assert (decision.action, decision.services) == (RouteAction.UNMAPPED, {})


@pytest.mark.parametrize(
    "alert",
    [
        RouteInput(7, "Errors", "major", {}, service="SEARCH"),
        RouteInput(7, "Errors", "major", {"component": "search"}),
        RouteInput(7, "Errors", "major", {"app": "search"}, service="unheard-of"),
        RouteInput(7, "search", "major", {}),
    ],
)
def test_the_service_is_found_by_the_names_in_the_alert(alert: RouteInput) -> None:
    assert routed(alert).services == {2: ServiceStatus.PARTIAL_OUTAGE}


def test_the_service_is_found_by_the_label_that_the_route_names() -> None:
    alert = RouteInput(7, "Errors", "major", {"Team": "search"}, service="payments")
    assert routed(alert, Route("team", service_label="team")).services.keys() == {2}


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("critical", ServiceStatus.MAJOR_OUTAGE),
        ("minor", ServiceStatus.DEGRADED_PERFORMANCE),
        ("something else", ServiceStatus.DEGRADED_PERFORMANCE),
    ],
)
def test_the_severity_gives_the_status(severity: str, status: ServiceStatus) -> None:
    assert routed(RouteInput(7, "payments", severity, {})).services == {1: status}


def test_a_route_has_statuses_of_its_own() -> None:
    route = Route("mild", statuses={"major": ServiceStatus.DEGRADED_PERFORMANCE})
    assert routed(ALERT, route).services == {1: ServiceStatus.DEGRADED_PERFORMANCE}


@pytest.mark.parametrize(
    "alert",
    [
        RouteInput(7, "payments", "info", {}),
        RouteInput(7, "payments", "critical", {}, resolves=False),
    ],
)
def test_an_alert_without_effect_or_without_end_is_a_note(alert: RouteInput) -> None:
    decision = routed(alert)
    assert (decision.action, decision.cause) == (RouteAction.NOTE, "")
    assert decision.services.keys() == {1}


def test_alerts_of_one_group_have_one_cause() -> None:
    route = Route("region", services=(1,), group_by=("region",), group_wait=timedelta(0))
    north, also_north, south = (
        routed(RouteInput(7, title, "major", {"region": region}), route).cause
        for title, region in (("a", "north"), ("b", "north"), ("a", "south"))
    )
    assert north == also_north != south


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(.*a){20}", "(a*)*b", "([a-z]+)*[0-9]"])
def test_no_pattern_of_a_matcher_takes_exponential_time(pattern: str) -> None:
    # A backtracking engine needs longer than the age of the universe for most of these.
    assert not Matcher("job", "=~", pattern).matches({"job": "a" * 999 + "!"})


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("STRASSE", "straße"), ("É.*", "é\nx"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("a.b", "A\ud800B")],
)
def test_a_matcher_ignores_case_in_every_script(pattern: str, value: str) -> None:
    assert Matcher("job", "=~", pattern).matches({"job": value})
