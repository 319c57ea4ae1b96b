"""Many processes receive a storm of alerts, and visitors read of each cause once."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import UnavailableError
from app.monitors import ADAPTERS
from app.usecases.sources import events, inbox
from app.usecases.sources.processor import Processor
from tests.usecases.sources.monitoring import SERVICES, WORKER, MonitorDriver, open_monitor_driver

SENDERS, ALERTS, HANDS = 4, 30, 4


@pytest.fixture
def monitoring(database_url: str) -> Iterator[MonitorDriver]:
    with open_monitor_driver(database_url) as opened:
        yield opened


def storm(sources: list[int]) -> list[tuple[int, bytes]]:
    """Deliveries, some twice and out of order; every alert still fires at the end."""
    chance = random.Random(7)
    reported = []
    for number in range(ALERTS):
        source, service = sources[number % SENDERS], SERVICES[number % len(SERVICES)]
        body = f'{{"dedup_key": "{number % 15}", "status": "firing", "service": "{service}"}}'
        reported += [(source, body.encode())] * chance.choice([1, 1, 2])
    chance.shuffle(reported)
    return reported


def test_a_storm_makes_one_incident_for_each_cause(monitoring: MonitorDriver) -> None:
    sources = [monitoring.source(f"Sender {number}", publish="auto") for number in range(SENDERS)]
    reported = storm(sources)

    def keep_one(source: int, body: bytes) -> None:
        try:
            with monitoring.database.writing(WORKER) as ctx:
                event = inbox.ReceivedEvent(source, ctx.now, "POST", "", "", {}, body)
                inbox.store(ctx, [event])
        except UnavailableError:  # as senders do after 503
            keep_one(source, body)

    def keep(hand: int) -> None:
        for source, body in reported[hand::HANDS]:
            keep_one(source, body)
        Processor(monitoring.database, ADAPTERS).drain()

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(keep, range(HANDS)))
    monitoring.processor.drain()
    with monitoring.ada() as ctx:
        counts = events.hook_counts(ctx)
    assert {(verdict, count) for *_, verdict, count in counts.events} <= {
        ("alerts", sum(1 for sender, _ in reported if sender == source)) for source in sources
    }
    assert counts.open_episodes == len({(s, b.split(b",")[0]) for s, b in reported})
    monitoring.let_pass(minutes=2, step=40)
    assert len(monitoring.incidents()) == len(SERVICES)
