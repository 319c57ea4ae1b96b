"""A dry run shows what a sample request would become, and why."""

from collections.abc import Iterator

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.errors import ForbiddenError
from app.monitors import ADAPTERS
from app.usecases.sources import dry_runs, events
from app.usecases.sources.dry_runs import DryRunAlert, DryRunEvent, DryRunRequest
from app.usecases.sources.samples import SampleRequest
from tests.cast import ADA, CY
from tests.usecases.sources.monitoring import MonitorDriver, open_monitor_driver

OPTIONS = {
    "dedup_key": ["host", "check"],
    "status": '_headers."X-State"',
    "started_at": "since",
    "severity": "level",
    "service": "_query.service",
    "title": "join('', host)",
}
SAMPLE = SampleRequest(
    headers={"X-State": "down", "Cookie": "a=b"},
    query="?service=payments",
    body='{"host": "db", "check": 7, "since": "Mon, 23 Nov 2026 11:00:00 +0100", "level": "info",'
    ' "url": "https://monitor.example.com/7", "details": "The disk is full"}',
)


@pytest.fixture
def monitoring(sqlite_url: str) -> Iterator[MonitorDriver]:
    with open_monitor_driver(sqlite_url) as opened:
        yield opened


def dry_event(monitoring: MonitorDriver, sample: SampleRequest, **options: object) -> DryRunEvent:
    with monitoring.database.reading(ADA) as ctx:
        request = DryRunRequest(options={**OPTIONS, **options}, sample=sample)
        (event,) = dry_runs.dry_run(ctx, monitoring.ids[monitoring.mona], ADAPTERS, request).events
    return event


def test_a_pasted_request_shows_times_link_description_and_notes(monitoring: MonitorDriver) -> None:
    event = dry_event(monitoring, SAMPLE)
    (alert,) = event.alerts
    assert (event.id, event.verdict) == ("", EventVerdict.ALERTS)
    assert alert.started_at
    assert alert.started_at.isoformat() == "2026-11-23T10:00:00+00:00"
    assert alert == DryRunAlert(
        dedup_key="db:7",
        state="firing",
        severity="info",
        title="db:7",
        description="The disk is full",
        url="https://monitor.example.com/7",
        service="payments",
        labels={},
        started_at=alert.started_at,
        ended_at=None,
        reported_at=None,
        resolves=True,
        action="note",
        reason="its severity, info, affects no visitors",
        route=None,
        services=alert.services,
        notes=alert.notes,
    )
    assert ["title fails" in note for note in alert.notes] == [True]


def test_a_pasted_request_that_cannot_be_mapped_says_why(monitoring: MonitorDriver) -> None:
    event = dry_event(monitoring, SampleRequest(body='{"host": "db"}'))
    assert event.verdict is EventVerdict.MALFORMED
    assert "part 2 is missing" in event.detail
    event = dry_event(monitoring, SAMPLE, firing_values=["off"], resolved_values=["on"])
    assert event.verdict is EventVerdict.NOTHING
    assert "status is 'down', which is none of off (firing) and on (resolved)" in event.detail


def test_a_dry_run_stores_nothing_and_is_for_admins(monitoring: MonitorDriver) -> None:
    dry_event(monitoring, SAMPLE)
    with monitoring.database.reading(CY) as ctx:
        source_id = monitoring.ids[monitoring.mona]
        assert not events.list_events(ctx, source_id, cursor=None, limit=5).items
        with pytest.raises(ForbiddenError):
            dry_runs.dry_run(ctx, source_id, ADAPTERS, DryRunRequest())


def test_a_dry_run_ends_when_its_processor_time_is_used_up(monitoring: MonitorDriver) -> None:
    for number in range(3):
        monitoring.deliver({"dedup_key": f"k{number}", "status": "firing"})
    with monitoring.database.reading(ADA) as ctx:
        source_id = monitoring.ids[monitoring.mona]
        run = dry_runs.dry_run(ctx, source_id, ADAPTERS, DryRunRequest(), seconds=0.0)
    assert [each.verdict for each in run.events].count(EventVerdict.ALERTS) == 1
    assert [each.detail.startswith("Not tried") for each in run.events].count(True) == 2


def detail_of(monitoring: MonitorDriver, **stated: str) -> str:
    monitoring.call(**stated)  # type: ignore[arg-type]
    with monitoring.database.reading(ADA) as ctx:
        found = events.list_events(ctx, monitoring.ids[monitoring.mona], cursor=None, limit=1)
    return found.items[0].detail


def test_an_event_says_why_its_alert_is_only_a_note(monitoring: MonitorDriver) -> None:
    assert detail_of(monitoring) == "1 new"
    assert "1 only a note: its severity, info" in detail_of(monitoring, key="b", severity="info")
    assert "1 unmapped: it names no service" in detail_of(monitoring, key="c", service="nobody")
    route = monitoring.route(matchers=(("title", "=~", "d .*"),), action="note")
    assert f"1 only a note: its route, {route.id}" in detail_of(monitoring, key="d")


def test_an_event_of_an_alert_without_an_end_says_so(monitoring: MonitorDriver) -> None:
    number = monitoring.source("Notes", options={"resolves": False})
    assert monitoring.call(source=number) is EventVerdict.ALERTS
    with monitoring.database.reading(ADA) as ctx:
        (event,) = events.list_events(ctx, monitoring.ids[number], cursor=None, limit=1).items
    assert event.detail == "1 new; 1 only a note: its end is never reported"


def test_an_event_that_states_no_state_names_the_word(monitoring: MonitorDriver) -> None:
    assert monitoring.call("Fired!") is EventVerdict.NOTHING
    assert "status is 'Fired!', which is none of" in detail_of(monitoring, status="Fired!")
