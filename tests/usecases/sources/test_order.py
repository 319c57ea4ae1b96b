"""Order of reports: what a late report changes, and what an alert that fires again does."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.statuses import IncidentStatus
from app.usecases.sources import events
from tests.usecases.sources.monitoring import MonitorDriver

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus
ALERTS, OUTDATED = EventVerdict.ALERTS, EventVerdict.OUTDATED
NEVER = "0001-01-01T00:00:00Z"


def group(started_at: datetime, ended_at: datetime | None = None) -> dict[str, object]:
    """Request of Alertmanager or Grafana with one alert."""
    status = "resolved" if ended_at else "firing"
    alert = {
        "status": status,
        "labels": {"alertname": "ShopDown", "service": "payments", "severity": "critical"},
        "startsAt": started_at.isoformat(),
        "endsAt": ended_at.isoformat() if ended_at else NEVER,
        "fingerprint": "cf7f1ab7a7b2a0d1",
    }
    return {"status": status, "alerts": [alert], "groupKey": "{}", "truncatedAlerts": 0}


@pytest.mark.parametrize("kind", ["alertmanager", "grafana"])
def test_an_alert_that_fires_again_with_its_former_start_is_firing(
    monitoring_on_each_database: MonitorDriver, kind: str
) -> None:
    monitoring, source = (
        monitoring_on_each_database,
        monitoring_on_each_database.source("Prometheus", kind, publish="auto"),
    )
    began = monitoring.clock.now
    assert monitoring.deliver(group(began), source=source) is ALERTS
    monitoring.let_pass(minutes=2)
    ended = monitoring.clock.now
    monitoring.let_pass(seconds=5)
    assert monitoring.deliver(group(began, ended), source=source) is ALERTS
    monitoring.let_pass(minutes=4)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED]
    for _ in range(3):
        assert monitoring.deliver(group(began), source=source) is ALERTS
        monitoring.let_pass(minutes=2)
    assert monitoring.status_history() == [INVESTIGATING, MONITORING, RESOLVED, INVESTIGATING]
    monitoring.deliver(group(began, monitoring.clock.now), source=source)
    monitoring.let_pass(minutes=3)
    assert monitoring.status_history()[-1] is RESOLVED


def test_a_trigger_that_repeats_the_time_of_its_detection_fires_again(
    monitoring: MonitorDriver,
) -> None:
    source = monitoring.source("Client", "pagerduty-events")

    def event(action: str, at: datetime) -> dict[str, object]:
        payload = {"summary": "Disk full", "source": "db1", "timestamp": at.isoformat()}
        return {"event_action": action, "dedup_key": "disk", "payload": payload}

    detected = monitoring.clock.now
    assert monitoring.deliver(event("trigger", detected), source=source) is ALERTS
    monitoring.clock.forward(minutes=2)
    assert monitoring.deliver(event("resolve", monitoring.clock.now), source=source) is ALERTS
    assert monitoring.deliver(event("trigger", detected), source=source) is OUTDATED
    monitoring.clock.forward(minutes=2)
    assert monitoring.deliver(event("trigger", detected), source=source) is ALERTS


def test_requests_of_a_former_outage_that_arrive_at_once_count_by_the_end_they_state(
    monitoring: MonitorDriver,
) -> None:
    source, began = (
        monitoring.source("Prometheus", "alertmanager"),
        monitoring.clock.now - timedelta(hours=5),
    )
    monitoring.deliver(group(began), source=source)
    monitoring.deliver(group(began, began + timedelta(seconds=17)), source=source)
    assert monitoring.deliver(group(began), source=source) is ALERTS
    with monitoring.ada() as ctx:
        alerts = events.list_alerts(ctx, cursor=None, limit=9).items
    assert [alert.state for alert in alerts] == ["firing", "resolved"]


def test_a_sender_whose_clock_is_ahead_fires_again_too(monitoring: MonitorDriver) -> None:
    source = monitoring.source("Prometheus", "alertmanager")
    ahead = monitoring.clock.now + timedelta(minutes=3)
    monitoring.deliver(group(ahead), source=source)
    monitoring.clock.forward(seconds=17)
    monitoring.deliver(group(ahead, ahead + timedelta(seconds=15)), source=source)
    monitoring.clock.forward(seconds=20)
    assert monitoring.deliver(group(ahead), source=source) is ALERTS


def test_a_copy_of_a_firing_report_just_after_the_end_is_late(monitoring: MonitorDriver) -> None:
    source, began = monitoring.source("Prometheus", "alertmanager"), monitoring.clock.now
    monitoring.deliver(group(began), source=source)
    monitoring.clock.forward(minutes=1)
    monitoring.deliver(group(began, monitoring.clock.now), source=source)
    monitoring.clock.forward(seconds=2)
    assert monitoring.deliver(group(began), source=source) is OUTDATED


def test_a_start_that_arrives_after_its_end_is_late_for_two_minutes(
    monitoring: MonitorDriver,
) -> None:
    source, began = (
        monitoring.source("Grafana", "grafana"),
        monitoring.clock.now - timedelta(minutes=5),
    )
    monitoring.deliver(group(began, began + timedelta(minutes=4)), source=source)
    monitoring.clock.forward(seconds=100)
    assert monitoring.deliver(group(began), source=source) is OUTDATED
    monitoring.clock.forward(seconds=30)
    assert monitoring.deliver(group(began), source=source) is ALERTS


def test_the_end_of_an_earlier_episode_does_not_end_the_next_one(monitoring: MonitorDriver) -> None:
    source, began = monitoring.source("Prometheus", "alertmanager"), monitoring.clock.now
    monitoring.deliver(group(began), source=source)
    monitoring.clock.forward(minutes=9)
    monitoring.deliver(group(began, began + timedelta(minutes=8)), source=source)
    monitoring.clock.forward(minutes=1)
    again = monitoring.clock.now
    monitoring.deliver(group(again), source=source)
    assert monitoring.deliver(group(began, began + timedelta(minutes=8)), source=source) is OUTDATED


def test_the_start_of_a_mapped_alert_does_not_order_reports(monitoring: MonitorDriver) -> None:
    began = monitoring.clock.now.isoformat()
    monitoring.call(started_at=began)
    monitoring.clock.forward(minutes=1)
    monitoring.call("resolved", started_at=began, ended_at=monitoring.clock.now.isoformat())
    monitoring.clock.forward(minutes=1)
    assert monitoring.call(started_at=began) is ALERTS


def test_an_end_stated_before_the_firing_report_was_made_counts(monitoring: MonitorDriver) -> None:
    began = monitoring.clock.now - timedelta(minutes=5)
    monitoring.call(reported_at=monitoring.clock.now, started_at=began.isoformat())
    monitoring.clock.forward(seconds=20)
    ended = began + timedelta(minutes=4)
    assert monitoring.call("resolved", ended_at=ended.isoformat()) is ALERTS
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.state, alert.ended_at) == ("resolved", ended)


@pytest.mark.parametrize("kind", ["alertmanager", "generic"])
def test_a_replay_does_not_override_what_was_reported_after_the_original_request(
    monitoring: MonitorDriver, kind: str
) -> None:
    source, began = monitoring.source("Prometheus", kind), monitoring.clock.now

    def report(firing: bool) -> None:  # noqa: FBT001  # a state
        ended_at = None if firing else monitoring.clock.now
        simple = {"dedup_key": "a", "status": "firing" if firing else "resolved"}
        body = simple if kind == "generic" else group(began, ended_at)
        assert monitoring.deliver(body, source=source) is ALERTS
        monitoring.clock.forward(hours=1)

    def replay(number: int) -> EventVerdict:
        with monitoring.ada() as ctx:
            found = events.list_events(ctx, monitoring.ids[source], cursor=None, limit=9).items
            again = events.replay(ctx, monitoring.ids[source], found[-1 - number].id)
        monitoring.processor.drain()
        with monitoring.ada() as ctx:
            return events.get_event(ctx, monitoring.ids[source], again.id).verdict

    report(firing=True)
    report(firing=False)
    assert replay(0) is OUTDATED
    report(firing=True)
    assert replay(1) is OUTDATED
    assert replay(3) is ALERTS


# Local times of which there are two.


def zabbix(status: str, sent_at: str, ended_at: str = "{EVENT.RECOVERY.DATE}") -> dict[str, str]:
    return {
        "id": "4711",
        "status": status,
        "name": "Shop: HTTP 500",
        "severity": "High",
        "service": "payments",
        "started_at": sent_at,
        "ended_at": ended_at,
        "sent_at": sent_at,
    }


AUTUMN = [
    ("Europe/Stockholm", datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "2026.10.25 02:50", "02:10"),
    ("America/New_York", datetime(2026, 11, 1, 5, 50, tzinfo=UTC), "2026.11.01 01:50", "01:10"),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 50, tzinfo=UTC), "2026.04.05 01:50", "01:40"),
]


@pytest.mark.parametrize(("zone", "at", "began", "ended"), AUTUMN)
@pytest.mark.parametrize("delay", [timedelta(seconds=2), timedelta(days=30)])
def test_a_recovery_in_the_repeated_hour_resolves(
    monitoring: MonitorDriver, zone: str, at: datetime, began: str, ended: str, delay: timedelta
) -> None:
    source = monitoring.source("Zabbix", "zabbix", publish="auto", options={"time_zone": zone})
    monitoring.clock.now = at + delay
    assert monitoring.deliver(zabbix("PROBLEM", f"{began}:00"), source=source) is ALERTS
    monitoring.clock.forward(minutes=20)
    recovered = f"{began[:10]} {ended}:00"
    assert monitoring.deliver(zabbix("RESOLVED", recovered, recovered), source=source) is ALERTS
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "resolved"
    if delay < timedelta(days=1):
        assert alert.started_at == at
        assert alert.ended_at == at + timedelta(minutes=20)


def test_a_mapped_time_in_the_repeated_hour_is_never_older(monitoring: MonitorDriver) -> None:
    source = monitoring.source("Script", publish="auto", options={"time_zone": "Europe/Stockholm"})
    monitoring.clock.now = datetime(2026, 10, 25, 0, 50, 5, tzinfo=UTC)
    monitoring.call(source=source, said_at="2026-10-25 02:50:00")
    monitoring.clock.forward(minutes=20)
    assert monitoring.call("resolved", source=source, said_at="2026-10-25 02:10:00") is ALERTS
    monitoring.clock.forward(minutes=1)
    assert monitoring.call(source=source, said_at="2026-10-25 02:05:00") is OUTDATED


# Clocks and counters of senders that are set back, and of our own machines.


def test_a_sender_whose_clock_was_ahead_and_is_set_right_resolves_and_fires_again(
    monitoring: MonitorDriver,
) -> None:
    ahead = timedelta(minutes=3)
    monitoring.call(reported_at=monitoring.clock.now + ahead)
    for status in ("resolved", "firing", "resolved"):
        monitoring.clock.forward(seconds=20)
        at = monitoring.clock.now - timedelta(seconds=2)
        assert monitoring.call(status, reported_at=at) is ALERTS
    monitoring.clock.forward(seconds=1)
    late = monitoring.clock.now - timedelta(seconds=9)
    assert monitoring.call(reported_at=late) is OUTDATED


def test_a_late_report_of_a_sender_whose_clock_stays_ahead_is_outdated(
    monitoring: MonitorDriver,
) -> None:
    began = monitoring.clock.now + timedelta(minutes=3)
    monitoring.call(reported_at=began)
    monitoring.clock.forward(minutes=1)
    monitoring.call("resolved", reported_at=began + timedelta(minutes=1))
    monitoring.clock.forward(seconds=20)
    assert monitoring.call(reported_at=began) is OUTDATED


def test_an_alert_that_fires_after_an_end_stated_ahead_of_time_is_firing(
    monitoring: MonitorDriver,
) -> None:
    source, began = monitoring.source("Prometheus", "alertmanager"), monitoring.clock.now
    monitoring.deliver(group(began), source=source)
    monitoring.clock.forward(minutes=1)
    ended = monitoring.clock.now + timedelta(minutes=4)
    monitoring.deliver(group(began, ended), source=source)
    monitoring.clock.forward(seconds=10)
    assert monitoring.deliver(group(monitoring.clock.now), source=source) is ALERTS


def test_a_sender_whose_clock_was_reset_to_a_former_year_still_resolves(
    monitoring: MonitorDriver,
) -> None:
    monitoring.call(reported_at=monitoring.clock.now)
    monitoring.clock.forward(minutes=1)
    reset = monitoring.clock.now - timedelta(days=2000)
    assert monitoring.call("resolved", reported_at=reset) is ALERTS
    monitoring.clock.forward(minutes=1)
    assert monitoring.call(reported_at=reset + timedelta(minutes=1)) is ALERTS


def test_a_time_in_whole_seconds_is_not_older_than_a_fraction_of_the_second(
    monitoring: MonitorDriver,
) -> None:
    began = monitoring.clock.now.replace(microsecond=900_000)
    monitoring.clock.forward(seconds=2)
    monitoring.call(reported_at=began)
    assert monitoring.call("resolved", reported_at=began.replace(microsecond=0)) is ALERTS


def test_the_end_of_a_former_episode_does_not_end_one_that_repeats_its_start(
    monitoring: MonitorDriver,
) -> None:
    source, began = monitoring.source("Prometheus", "alertmanager"), monitoring.clock.now
    monitoring.deliver(group(began), source=source)
    monitoring.clock.forward(minutes=2)
    ended = monitoring.clock.now
    monitoring.deliver(group(began, ended), source=source)
    monitoring.clock.forward(minutes=1)
    monitoring.deliver(group(began), source=source)
    assert monitoring.deliver(group(began, ended), source=source) is OUTDATED
    assert monitoring.deliver(group(began, monitoring.clock.now), source=source) is ALERTS


def test_requests_that_two_machines_received_count_in_the_order_in_which_they_are_stored(
    monitoring: MonitorDriver,
) -> None:
    monitoring.call()
    monitoring.clock.now -= timedelta(seconds=3)
    assert monitoring.call("resolved") is ALERTS
    with monitoring.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "resolved"


def test_the_result_says_that_a_time_in_a_wrong_zone_was_not_used(
    monitoring: MonitorDriver,
) -> None:
    ahead = monitoring.clock.now + timedelta(hours=2)
    monitoring.call(said_at=f"{ahead:%Y-%m-%d %H:%M:%S}")
    with monitoring.ada() as ctx:
        (event,) = events.list_events(
            ctx, monitoring.ids[monitoring.mona], cursor=None, limit=1
        ).items
    assert "after the arrival: not used; check time_zone" in event.detail
