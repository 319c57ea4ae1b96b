"""Starts and ends that monitors state, in incidents, their duration and the uptime."""

from datetime import timedelta

from app.db.queries import services
from app.domain.alerts.alerts import MAX_STATED_AGE
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.public import pages
from app.usecases.sources import events
from tests.usecases.sources.monitoring import Switchboard

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus


def outage_seconds(board: Switchboard, slug: str = "payments") -> float:
    """Seconds of major outage of a service, by its history."""
    with board.database.reading() as ctx:
        found = services.find_services(ctx.session, [slug])[slug].id
        intervals = services.intervals_since(ctx.session, ctx.now - timedelta(days=9))
        return sum(
            (ended_at - started_at).total_seconds()
            for service, status, started_at, ended_at in intervals
            if service == found and status == ServiceStatus.MAJOR_OUTAGE and ended_at is not None
        )


def test_an_incident_lasts_from_the_stated_start_to_the_stated_end(
    either_board: Switchboard,
) -> None:
    board = either_board
    began = board.clock.now - timedelta(minutes=7)
    board.call(started_at=began.isoformat())
    board.let_pass(minutes=5)
    assert board.incident().incident.started_at == began
    ended = board.clock.now - timedelta(minutes=1)
    board.call("resolved", ended_at=ended.isoformat())
    board.let_pass(minutes=3)
    incident = board.incident().incident
    assert board.story() == [INVESTIGATING, MONITORING, RESOLVED]
    assert (incident.started_at, incident.resolved_at) == (began, ended)
    assert outage_seconds(board) == (ended - began).total_seconds()
    with board.ada() as ctx:
        (alert,) = events.list_alerts(ctx, cursor=None, limit=9).items
    assert (alert.started_at, alert.ended_at) == (began, ended)


def test_the_earliest_stated_start_and_the_latest_stated_end_count(board: Switchboard) -> None:
    now = board.clock.now
    starts = {"a": now - timedelta(minutes=3), "b": now - timedelta(minutes=9)}
    for key, at in starts.items():
        board.call(key=key, started_at=at.isoformat())
    board.let_pass(minutes=5)
    for key in ("b", "a"):
        ended = now + timedelta(minutes=2 if key == "a" else 1)
        board.call("resolved", key=key, ended_at=ended.isoformat())
    board.let_pass(minutes=5)
    incident = board.incident().incident
    assert (incident.started_at, incident.resolved_at) == (starts["b"], now + timedelta(minutes=2))


def test_a_start_in_the_future_or_too_long_ago_is_the_arrival(board: Switchboard) -> None:
    limit = MAX_STATED_AGE + timedelta(seconds=1)
    for key, offset in {"ahead": timedelta(seconds=90), "ancient": -limit}.items():
        arrived = board.clock.now
        board.call(key=key, started_at=(arrived + offset).isoformat())
        board.let_pass(minutes=2)
        newest = board.incidents()[-1].incident
        assert arrived <= newest.started_at <= board.clock.now
        board.call("resolved", key=key)
        board.let_pass(hours=1)


def test_an_end_in_the_future_or_before_the_start_does_not_bend_time(board: Switchboard) -> None:
    began = board.clock.now
    for offset in (timedelta(hours=5), -timedelta(hours=2)):
        began = board.clock.now
        board.call(started_at=began.isoformat())
        board.let_pass(minutes=5)
        board.call("resolved", ended_at=(board.clock.now + offset).isoformat())
        board.let_pass(minutes=5)
        incident = board.incidents()[-1].incident
        assert incident.resolved_at is not None
        assert began <= incident.resolved_at <= board.clock.now
        board.let_pass(hours=1)


def test_an_alert_without_a_stated_end_ends_when_it_was_settled(board: Switchboard) -> None:
    began = board.clock.now
    board.call(key="a", started_at=began.isoformat())
    board.call(key="b", started_at=began.isoformat())
    board.let_pass(minutes=5)
    board.call("resolved", key="a", ended_at=board.clock.now.isoformat())
    board.call("resolved", key="b")
    told = board.clock.now
    board.let_pass(minutes=5)
    resolved_at = board.incident().incident.resolved_at
    assert resolved_at is not None
    assert resolved_at > told


def test_a_recurrence_does_not_start_before_the_former_end(board: Switchboard) -> None:
    began = board.clock.now
    board.call(started_at=began.isoformat())
    board.let_pass(minutes=3)
    ended = board.clock.now
    board.call("resolved", ended_at=ended.isoformat())
    board.let_pass(hours=1)
    board.call(started_at=began.isoformat())
    board.let_pass(minutes=3)
    first, second = (each.incident for each in board.incidents())
    assert first.resolved_at == ended
    assert second.started_at == ended


def test_a_service_status_without_an_incident_has_the_stated_times(board: Switchboard) -> None:
    board.route(action="service_only", services=("payments",))
    began = board.clock.now - timedelta(minutes=10)
    board.call(started_at=began.isoformat())
    board.let_pass(minutes=5)
    ended = board.clock.now - timedelta(minutes=2)
    board.call("resolved", ended_at=ended.isoformat())
    board.let_pass(minutes=5)
    assert board.incidents() == []
    assert outage_seconds(board) == (ended - began).total_seconds()


def test_the_stated_start_is_what_visitors_read(board: Switchboard) -> None:
    began = board.clock.now - timedelta(hours=3)
    board.call(started_at=began.isoformat())
    board.let_pass(minutes=2)
    with board.database.reading() as ctx:
        page = pages.overview(ctx)
    assert [incident.started_at for incident in page.open_incidents] == [began]
