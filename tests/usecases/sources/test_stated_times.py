"""Starts and ends that monitors state, in incidents, their duration and the uptime."""

from datetime import timedelta

import pytest

from app.db.queries import services
from app.domain.alerts.alerts import MAX_STATED_AGE
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.phrases import Phrased
from app.usecases.maintenances.lifecycle import NewMaintenance, plan_maintenance
from app.usecases.public import pages
from app.usecases.sources import events
from tests.factories import english
from tests.usecases.sources.monitoring import MonitorDriver

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def outage_seconds(monitoring: MonitorDriver, slug: str = "payments") -> float:
    """Seconds of major outage of a service, by its history."""
    with monitoring.database.reading() as ctx:
        found = services.find_services(ctx.session, [slug])[slug].id
        intervals = services.intervals_since(ctx.session, ctx.now - timedelta(days=9))
        return sum(
            (ended_at - started_at).total_seconds()
            for service, status, started_at, ended_at in intervals
            if service == found and status == ServiceStatus.MAJOR_OUTAGE and ended_at is not None
        )


def test_an_incident_lasts_from_the_stated_start_to_the_stated_end(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    monitoring = monitoring_on_each_database
    began = monitoring.clock.now - timedelta(minutes=7)
    monitoring.call(started_at=began.isoformat())
    monitoring.let_pass(minutes=5)
    assert monitoring.incident().incident.started_at == began
    ended = monitoring.clock.now - timedelta(minutes=1)
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(minutes=3)
    incident = monitoring.incident().incident
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED]
    assert (incident.started_at, incident.resolved_at) == (began, ended)
    assert outage_seconds(monitoring) == (ended - began).total_seconds()
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.started_at, alert.ended_at) == (began, ended)


def test_the_earliest_stated_start_and_the_latest_stated_end_count(
    monitoring: MonitorDriver,
) -> None:
    now = monitoring.clock.now
    starts = {"a": now - timedelta(minutes=3), "b": now - timedelta(minutes=9)}
    for key, at in starts.items():
        monitoring.call(key=key, started_at=at.isoformat())
    monitoring.let_pass(minutes=5)
    for key in ("b", "a"):
        ended = now + timedelta(minutes=2 if key == "a" else 1)
        monitoring.call("resolved", key=key, ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    incident = monitoring.incident().incident
    assert (incident.started_at, incident.resolved_at) == (starts["b"], now + timedelta(minutes=2))


def test_a_severity_that_rises_counts_from_the_report_that_says_so(
    monitoring: MonitorDriver,
) -> None:
    began = monitoring.clock.now
    monitoring.call(severity="minor", started_at=began.isoformat())
    monitoring.let_pass(minutes=10)
    worse = monitoring.clock.now
    monitoring.call(severity="critical", started_at=began.isoformat())
    monitoring.let_pass(minutes=5)
    ended = monitoring.clock.now
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    assert monitoring.incident().incident.started_at == began
    assert outage_seconds(monitoring) == (ended - worse).total_seconds()


def test_a_critical_alert_beside_a_warning_is_an_outage_from_its_own_start(
    monitoring: MonitorDriver,
) -> None:
    monitoring.call(key="warning", severity="minor", started_at=monitoring.clock.now.isoformat())
    monitoring.let_pass(minutes=10)
    worse = monitoring.clock.now
    monitoring.let_pass(minutes=1)
    monitoring.call(key="critical", started_at=worse.isoformat())
    monitoring.let_pass(minutes=5)
    ended = monitoring.clock.now
    for key in ("critical", "warning"):
        monitoring.call("resolved", key=key, ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    assert outage_seconds(monitoring) == (ended - worse).total_seconds()


@pytest.mark.parametrize("action", ["incident", "service_only"])
def test_what_begins_during_a_maintenance_is_an_outage_from_the_end_of_that(
    monitoring: MonitorDriver, action: str
) -> None:
    monitoring.route(action=action)
    over = monitoring.clock.now
    with monitoring.ada() as ctx:
        for _ in range(2):
            window = (over, over + timedelta(minutes=30))
            maintenance = NewMaintenance(english("A"), english("B"), ("payments",), *window)
            plan_maintenance(ctx, maintenance)
            over = window[1]
    monitoring.let_pass(minutes=10)
    monitoring.call(started_at=monitoring.clock.now.isoformat())
    monitoring.let_pass(minutes=70)
    ended = monitoring.clock.now
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    assert outage_seconds(monitoring) == (ended - over).total_seconds()
    assert [each.incident.started_at for each in monitoring.incidents()] in ([over], [])


def test_a_start_in_the_future_or_too_long_ago_is_the_arrival(monitoring: MonitorDriver) -> None:
    limit = MAX_STATED_AGE + timedelta(seconds=1)
    for key, offset in {"ahead": timedelta(seconds=90), "ancient": -limit}.items():
        arrived = monitoring.clock.now
        monitoring.call(key=key, started_at=(arrived + offset).isoformat())
        monitoring.let_pass(minutes=2)
        newest = monitoring.incidents()[-1].incident
        assert arrived <= newest.started_at <= monitoring.clock.now
        monitoring.call("resolved", key=key)
        monitoring.let_pass(hours=1, step=300)


def test_an_end_in_the_future_or_before_the_start_does_not_bend_time(
    monitoring: MonitorDriver,
) -> None:
    began = monitoring.clock.now
    for offset in (timedelta(hours=5), -timedelta(hours=2)):
        began = monitoring.clock.now
        monitoring.call(started_at=began.isoformat())
        monitoring.let_pass(minutes=5)
        monitoring.call("resolved", ended_at=(monitoring.clock.now + offset).isoformat())
        monitoring.let_pass(minutes=5)
        incident = monitoring.incidents()[-1].incident
        assert incident.resolved_at is not None
        assert began <= incident.resolved_at <= monitoring.clock.now
        monitoring.let_pass(hours=1, step=300)


def test_an_end_before_the_first_report_is_told_as_the_start(monitoring: MonitorDriver) -> None:
    monitoring.call()
    monitoring.let_pass(minutes=5)
    ended = monitoring.clock.now - timedelta(minutes=20)
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    incident = monitoring.incident().incident
    text = incident.updates[0].body
    assert isinstance(text, Phrased)
    assert dict(text.phrases[0].params)["date"] == incident.started_at == incident.resolved_at


def test_an_alert_without_a_stated_end_ends_when_it_was_settled(monitoring: MonitorDriver) -> None:
    began = monitoring.clock.now
    monitoring.call(key="a", started_at=began.isoformat())
    monitoring.call(key="b", started_at=began.isoformat())
    monitoring.let_pass(minutes=5)
    monitoring.call("resolved", key="a", ended_at=monitoring.clock.now.isoformat())
    monitoring.call("resolved", key="b")
    reported = monitoring.clock.now
    monitoring.let_pass(minutes=5)
    resolved_at = monitoring.incident().incident.resolved_at
    assert resolved_at is not None
    assert resolved_at > reported


def test_a_recurrence_does_not_start_before_the_former_end(monitoring: MonitorDriver) -> None:
    began = monitoring.clock.now
    monitoring.call(started_at=began.isoformat())
    monitoring.let_pass(minutes=3)
    ended = monitoring.clock.now
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(hours=1, step=300)
    monitoring.call(started_at=began.isoformat())
    monitoring.let_pass(minutes=3)
    first, second = (each.incident for each in monitoring.incidents())
    assert first.resolved_at == ended
    assert second.started_at == ended


def test_a_service_status_without_an_incident_has_the_stated_times(
    monitoring: MonitorDriver,
) -> None:
    monitoring.route(action="service_only", services=("payments",))
    began = monitoring.clock.now - timedelta(minutes=10)
    monitoring.call(started_at=began.isoformat())
    monitoring.let_pass(minutes=5)
    ended = monitoring.clock.now - timedelta(minutes=2)
    monitoring.call("resolved", ended_at=ended.isoformat())
    monitoring.let_pass(minutes=5)
    assert monitoring.incidents() == []
    assert outage_seconds(monitoring) == (ended - began).total_seconds()


def test_a_service_status_that_changes_leaves_the_time_before_it(
    monitoring_on_each_database: MonitorDriver,
) -> None:
    monitoring = monitoring_on_each_database
    monitoring.route(action="service_only")
    for severity in ("minor", "critical", "critical", "minor"):
        monitoring.call(severity=severity)
        monitoring.let_pass(minutes=10)
    monitoring.call("resolved")
    monitoring.let_pass(minutes=5)
    assert monitoring.statuses()["payments"] is ServiceStatus.OPERATIONAL
    assert outage_seconds(monitoring) == timedelta(minutes=20).total_seconds()


def test_the_stated_start_is_what_visitors_read(monitoring: MonitorDriver) -> None:
    began = monitoring.clock.now - timedelta(hours=3)
    monitoring.call(started_at=began.isoformat())
    monitoring.let_pass(minutes=2)
    with monitoring.database.reading() as ctx:
        page = pages.overview(ctx)
    assert [incident.started_at for incident in page.open_incidents] == [began]
