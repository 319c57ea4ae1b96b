"""What routes wish for beyond the rules, and what is left when a source goes."""

from collections.abc import Iterator

import pytest

from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.domain.statuses import IncidentStatus
from app.usecases.incidents import listing
from app.usecases.sources.sources import delete_source
from tests.usecases.sources.monitoring import SERVICES, MonitorDriver, open_monitor_driver

OPEN = IncidentFilter(state=IncidentState.OPEN)
INVESTIGATING, _IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


@pytest.fixture
def monitoring(sqlite_url: str) -> Iterator[MonitorDriver]:
    with open_monitor_driver(sqlite_url) as opened:
        yield opened


def test_a_route_may_want_several_alerts_of_several_sources(monitoring: MonitorDriver) -> None:
    other = monitoring.source("Other", publish="auto")
    monitoring.route(services=("web",), min_alerts=3, min_sources=2)
    for key in ("a", "b", "c"):
        monitoring.call(key=key)
    monitoring.let_pass(minutes=3)
    assert monitoring.incidents() == []
    monitoring.call(key="d", source=other)
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history() == [INVESTIGATING]


def test_a_route_that_waits_for_nothing_opens_at_once(monitoring: MonitorDriver) -> None:
    monitoring.route(group_wait_seconds=0, resolve_after_seconds=0)
    monitoring.call()
    assert monitoring.status_history() == [INVESTIGATING]
    monitoring.call("resolved")
    monitoring.let_pass(seconds=30)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED]


def test_five_services_are_five_causes(monitoring: MonitorDriver) -> None:
    for slug in SERVICES:
        monitoring.call(key=slug, service=slug)
    monitoring.let_pass(minutes=2)
    assert len(monitoring.incidents()) == 5


def test_what_a_deleted_source_made_open_is_staffs(monitoring: MonitorDriver) -> None:
    monitoring.call()
    monitoring.let_pass(minutes=2)
    with monitoring.ada() as ctx:
        delete_source(ctx, monitoring.ids[monitoring.mona])
    monitoring.let_pass(minutes=5)
    assert monitoring.status_history() == [INVESTIGATING]
    assert monitoring.incident().owner == "staff"
    with monitoring.ada() as ctx:
        assert listing.list_incidents(ctx, OPEN, cursor=None, limit=1).items
