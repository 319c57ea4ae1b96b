"""Order of reports: what a late report changes, and what an alert that fires again does."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.statuses import IncidentStatus
from app.usecases.sources import events
from tests.usecases.sources.monitoring import Switchboard

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
    either_board: Switchboard, kind: str
) -> None:
    board, source = either_board, either_board.source("Prometheus", kind, publish="auto")
    began = board.clock.now
    assert board.deliver(group(began), source=source) is ALERTS
    board.let_pass(minutes=2)
    ended = board.clock.now
    board.let_pass(seconds=5)
    assert board.deliver(group(began, ended), source=source) is ALERTS
    board.let_pass(minutes=4)
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED]
    for _ in range(3):
        assert board.deliver(group(began), source=source) is ALERTS
        board.let_pass(minutes=2)
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED, INVESTIGATING]
    board.deliver(group(began, board.clock.now), source=source)
    board.let_pass(minutes=3)
    assert board.story()[-1] is RESOLVED


def test_requests_of_a_former_outage_that_arrive_at_once_count_by_the_end_they_state(
    board: Switchboard,
) -> None:
    source, began = board.source("Prometheus", "alertmanager"), board.clock.now - timedelta(hours=5)
    board.deliver(group(began), source=source)
    board.deliver(group(began, began + timedelta(seconds=17)), source=source)
    assert board.deliver(group(began), source=source) is ALERTS
    with board.ada() as ctx:
        alerts = events.list_alerts(ctx, cursor=None, limit=9).items
    assert [alert.state for alert in alerts] == ["firing", "resolved"]


def test_a_sender_whose_clock_is_ahead_fires_again_too(board: Switchboard) -> None:
    source = board.source("Prometheus", "alertmanager")
    ahead = board.clock.now + timedelta(minutes=3)
    board.deliver(group(ahead), source=source)
    board.clock.forward(seconds=17)
    board.deliver(group(ahead, ahead + timedelta(seconds=15)), source=source)
    board.clock.forward(seconds=20)
    assert board.deliver(group(ahead), source=source) is ALERTS


def test_a_copy_of_a_firing_report_just_after_the_end_is_late(board: Switchboard) -> None:
    source, began = board.source("Prometheus", "alertmanager"), board.clock.now
    board.deliver(group(began), source=source)
    board.clock.forward(minutes=1)
    board.deliver(group(began, board.clock.now), source=source)
    board.clock.forward(seconds=2)
    assert board.deliver(group(began), source=source) is OUTDATED


def test_a_start_that_arrives_after_its_end_is_late_for_two_minutes(board: Switchboard) -> None:
    source, began = board.source("Grafana", "grafana"), board.clock.now - timedelta(minutes=5)
    board.deliver(group(began, began + timedelta(minutes=4)), source=source)
    board.clock.forward(seconds=100)
    assert board.deliver(group(began), source=source) is OUTDATED
    board.clock.forward(seconds=30)
    assert board.deliver(group(began), source=source) is ALERTS


def test_the_end_of_an_earlier_episode_does_not_end_the_next_one(board: Switchboard) -> None:
    source, began = board.source("Prometheus", "alertmanager"), board.clock.now
    board.deliver(group(began), source=source)
    board.clock.forward(minutes=9)
    board.deliver(group(began, began + timedelta(minutes=8)), source=source)
    board.clock.forward(minutes=1)
    again = board.clock.now
    board.deliver(group(again), source=source)
    assert board.deliver(group(began, began + timedelta(minutes=8)), source=source) is OUTDATED


def test_the_start_of_a_mapped_alert_does_not_order_reports(board: Switchboard) -> None:
    began = board.clock.now.isoformat()
    board.call(started_at=began)
    board.clock.forward(minutes=1)
    board.call("resolved", started_at=began, ended_at=board.clock.now.isoformat())
    board.clock.forward(minutes=1)
    assert board.call(started_at=began) is ALERTS


def test_an_end_stated_before_the_firing_report_was_made_counts(board: Switchboard) -> None:
    began = board.clock.now - timedelta(minutes=5)
    board.call(reported_at=board.clock.now, started_at=began.isoformat())
    board.clock.forward(seconds=20)
    ended = began + timedelta(minutes=4)
    assert board.call("resolved", ended_at=ended.isoformat()) is ALERTS
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.state, alert.ended_at) == ("resolved", ended)


@pytest.mark.parametrize("kind", ["alertmanager", "generic"])
def test_a_replay_does_not_override_what_was_reported_after_the_original_request(
    board: Switchboard, kind: str
) -> None:
    source, began = board.source("Prometheus", kind), board.clock.now

    def report(firing: bool) -> None:  # noqa: FBT001  # a state
        ended_at = None if firing else board.clock.now
        simple = {"dedup_key": "a", "status": "firing" if firing else "resolved"}
        body = simple if kind == "generic" else group(began, ended_at)
        assert board.deliver(body, source=source) is ALERTS
        board.clock.forward(hours=1)

    def replay(number: int) -> EventVerdict:
        with board.ada() as ctx:
            found = events.list_events(ctx, board.ids[source], cursor=None, limit=9).items
            again = events.replay(ctx, board.ids[source], found[-1 - number].id)
        board.processor.drain()
        with board.ada() as ctx:
            return events.get_event(ctx, board.ids[source], again.id).verdict

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
    board: Switchboard, zone: str, at: datetime, began: str, ended: str, delay: timedelta
) -> None:
    source = board.source("Zabbix", "zabbix", publish="auto", options={"time_zone": zone})
    board.clock.now = at + delay
    assert board.deliver(zabbix("PROBLEM", f"{began}:00"), source=source) is ALERTS
    board.clock.forward(minutes=20)
    recovered = f"{began[:10]} {ended}:00"
    assert board.deliver(zabbix("RESOLVED", recovered, recovered), source=source) is ALERTS
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert alert.state == "resolved"
    if delay < timedelta(days=1):
        assert alert.started_at == at
        assert alert.ended_at == at + timedelta(minutes=20)


def test_a_mapped_time_in_the_repeated_hour_is_never_older(board: Switchboard) -> None:
    source = board.source("Script", publish="auto", options={"time_zone": "Europe/Stockholm"})
    board.clock.now = datetime(2026, 10, 25, 0, 50, 5, tzinfo=UTC)
    board.call(source=source, said_at="2026-10-25 02:50:00")
    board.clock.forward(minutes=20)
    assert board.call("resolved", source=source, said_at="2026-10-25 02:10:00") is ALERTS
    board.clock.forward(minutes=1)
    assert board.call(source=source, said_at="2026-10-25 02:05:00") is OUTDATED
