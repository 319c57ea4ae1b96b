"""The incidents that a list of reports would have opened."""

from datetime import UTC, datetime, timedelta

from app.domain.alerts.route_simulation import RoutedReport, simulate_routes
from app.domain.alerts.routing import Route, RouteAction, RoutingDecision
from app.domain.statuses import ServiceStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUTE = Route("route", group_wait=MINUTE, resolve_after=MINUTE, reopen_within=9 * MINUTE)
PARTIAL, MAJOR = ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE


def report(
    minute: int,
    key: str = "disk",
    *,
    firing: bool = True,
    route: Route = ROUTE,
    action: RouteAction = RouteAction.INCIDENT,
    status: ServiceStatus = PARTIAL,
    source: int = 1,
) -> RoutedReport:
    decision = RoutingDecision(route, action, {1: status}, "cause")
    return RoutedReport(NOON + minute * MINUTE, source, key, firing, decision, "auto")


def end(minute: int, key: str = "disk") -> RoutedReport:
    return report(minute, key, firing=False)


def test_an_alert_that_lasts_opens_an_incident_after_the_group_wait() -> None:
    (found,) = simulate_routes([report(0), report(3)])
    assert (found.opens_at, found.quiet_at, found.alerts) == (NOON + MINUTE, None, 1)


def test_an_alert_that_ends_within_the_group_wait_opens_none() -> None:
    short = Route("slow", group_wait=5 * MINUTE)
    assert simulate_routes([report(0, route=short), end(1)]) == []


def test_an_end_without_a_beginning_opens_none() -> None:
    assert simulate_routes([end(1)]) == []


def test_a_note_opens_none() -> None:
    assert simulate_routes([report(0, action=RouteAction.NOTE)]) == []


def test_too_few_alerts_open_none() -> None:
    several = Route("several", min_alerts=2)
    assert simulate_routes([report(0, route=several)]) == []


def test_too_few_sources_open_none() -> None:
    several = Route("several", min_sources=2)
    alerts = [report(0, "disk", route=several), report(0, "memory", route=several)]
    assert simulate_routes(alerts) == []


def test_alerts_of_one_cause_join_one_incident_with_the_worst_status() -> None:
    (found,) = simulate_routes(
        [report(0, "disk", status=MAJOR), report(1, "memory"), end(5), end(7, "memory")]
    )
    assert found.services == {1: MAJOR}
    assert (found.alerts, found.quiet_at) == (2, NOON + 7 * MINUTE)


def test_an_alert_long_after_the_end_opens_another_incident() -> None:
    found = simulate_routes([report(0), end(5), report(60), end(65)])
    assert [each.opens_at for each in found] == [NOON + MINUTE, NOON + 61 * MINUTE]


def test_an_alert_soon_after_the_end_joins_the_incident() -> None:
    (found,) = simulate_routes([report(0), end(5), report(10), end(12)])
    assert found.quiet_at == NOON + 12 * MINUTE
