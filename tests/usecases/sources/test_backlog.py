"""Deliveries that wait are worked off together, as if each had come by itself."""

import logging
from collections.abc import Iterator, Mapping, Sequence

import pytest

from app.domain.alerts.sources import EventVerdict
from app.domain.statuses import IncidentStatus
from app.monitors import ADAPTERS
from app.payloads.adapter import FunctionAdapter
from app.ports.monitor import InboundEvent, MonitorAlert
from app.usecases.sources import events as source_events
from app.usecases.sources import inbox
from app.usecases.sources.events import StaffEvent
from app.usecases.sources.processor import Processor
from tests.usecases.sources.monitoring import WORKER, MonitorDriver, open_monitor_driver


@pytest.fixture
def monitoring(sqlite_url: str) -> Iterator[MonitorDriver]:
    with open_monitor_driver(sqlite_url) as opened:
        opened.route(services=("payments",), group_wait_seconds=0)
        yield opened


def wait(monitoring: MonitorDriver, *reported: tuple[str, str], source: int | None = None) -> None:
    """Let events (a key and a status each) wait to be processed."""
    with monitoring.database.writing(WORKER) as ctx:
        for key, status in reported:
            body = f'{{"dedup_key": "{key}", "status": "{status}"}}'.encode()
            number = source or monitoring.mona
            event = inbox.ReceivedEvent(number, ctx.now, "POST", "", "", {}, body)
            inbox.store(ctx, [event])


def events(monitoring: MonitorDriver, *, source: int | None = None) -> list[StaffEvent]:
    with monitoring.ada() as ctx:
        public_id = monitoring.ids[source or monitoring.mona]
        found = source_events.list_events(ctx, public_id, cursor=None, limit=100)
        return list(reversed(found.items))


def test_what_began_and_ended_while_it_waited_is_reported(monitoring: MonitorDriver) -> None:
    wait(monitoring, ("a", "firing"), ("a", "resolved"))
    assert monitoring.processor.drain() == 2
    assert [event.detail for event in events(monitoring)] == ["1 new", "1 ends"]
    assert monitoring.status_history() == [IncidentStatus.INVESTIGATING, IncidentStatus.MONITORING]


def test_what_began_together_is_reported_in_one_update(monitoring: MonitorDriver) -> None:
    wait(monitoring, ("a", "firing"), ("b", "firing"), ("a", "firing"))
    monitoring.processor.drain()
    assert [event.detail for event in events(monitoring)] == ["1 new", "1 new", "1 again"]
    assert monitoring.status_history() == [IncidentStatus.INVESTIGATING]


def test_a_source_that_sends_without_end_keeps_no_other_waiting(
    monitoring: MonitorDriver,
) -> None:
    other = monitoring.source("Other")
    rounds = 0

    def begin_round() -> None:
        nonlocal rounds
        rounds += 1
        wait(monitoring, (f"round-{rounds}", "firing"))
        if rounds == 2:
            wait(monitoring, ("first", "firing"), source=other)

    monitoring.processor.drain(begin_round=begin_round, should_continue=lambda: rounds < 4)
    assert [each.detail for each in events(monitoring, source=other)] == ["1 new"]


def fails_at_bad(event: InboundEvent, options: Mapping[str, object]) -> Sequence[MonitorAlert]:
    if b"bad" in event.body:
        raise RuntimeError("An adapter broke.")
    return ADAPTERS["generic"].parse(event, options)


def test_one_that_breaks_takes_no_other_with_it(
    monitoring: MonitorDriver, caplog: pytest.LogCaptureFixture
) -> None:
    wait(monitoring, ("a", "firing"), ("bad", "firing"), ("b", "firing"))
    broken = FunctionAdapter(kind="generic", name="Broken", parse_payload=fails_at_bad)
    with caplog.at_level(logging.CRITICAL, "fyr.hooks"):
        Processor(monitoring.database, {"generic": broken}).drain()
    found = events(monitoring)
    assert [event.verdict for event in found] == [
        EventVerdict.ALERTS,
        EventVerdict.FAILED,
        EventVerdict.ALERTS,
    ]
    assert found[1].attempts == 3
