"""Simulated worlds with a target of the usual numbers in them: what becomes news, and when."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from app.domain.certificates.watch import (
    Cause,
    CauseChange,
    Observation,
    Watch,
    WatchRules,
    advance,
    next_probe_in,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = WatchRules()
EXPIRED = Cause("certificate:ab12:expired")
SILENT = Cause("target:t1:unreachable", network=True)

SEEDS = range(8)
DAY = timedelta(days=1)
World = Callable[[datetime, Random], Iterable[Cause]]


def live(world: World, seed: int, length: timedelta) -> Iterator[tuple[datetime, CauseChange]]:
    """What becomes news while a target with the usual numbers lives in `world`."""
    chance = Random(seed)
    watch, now, standing = Watch(), NOON, set[str]()
    while now < NOON + length:
        causes = tuple(world(now, chance))
        seen = Observation(now, reached=SILENT not in causes, causes=causes)
        watch, changes = advance(watch, seen, RULES)
        for change in changes:
            if change.raised != (change.key in standing):
                (standing.add if change.raised else standing.discard)(change.key)
                yield now, change
        now += next_probe_in(watch, seen, RULES) * (1 + chance.uniform(-0.1, 0.1))


def openings(world: World, length: timedelta) -> list[list[datetime]]:
    return [[at for at, change in live(world, seed, length) if change.raised] for seed in SEEDS]


def test_half_a_percent_of_lost_probes_is_no_news_in_a_month() -> None:
    def world(_: datetime, chance: Random) -> Iterable[Cause]:
        return (SILENT,) if chance.random() < 0.005 else ()

    assert openings(world, 30 * DAY / 8) == [[]] * len(SEEDS)


def test_an_expired_chain_on_all_nodes_is_shown_once_within_15_seconds() -> None:
    def world(_: datetime, chance: Random) -> Iterable[Cause]:
        return (EXPIRED,)

    for found in openings(world, DAY):
        (at,) = found
        assert at - NOON <= timedelta(seconds=17)


def test_one_node_in_four_that_serves_an_expired_chain_is_found() -> None:
    def world(_: datetime, chance: Random) -> Iterable[Cause]:
        return (EXPIRED,) if chance.random() < 0.25 else ()

    runs = openings(world, DAY)
    median = sorted(found[0] - NOON for found in runs)[len(runs) // 2]
    assert median <= timedelta(minutes=8)
    assert sum(map(len, runs)) / len(runs) <= 6


def test_a_blip_of_90_seconds_every_two_hours_is_hardly_ever_news() -> None:
    def world(now: datetime, chance: Random) -> Iterable[Cause]:
        into = (now - NOON) % timedelta(hours=2)
        broken = timedelta(hours=1) <= into < timedelta(hours=1, seconds=90)
        return (SILENT,) if broken or chance.random() < 0.005 else ()

    assert sum(map(len, openings(world, DAY))) / len(SEEDS) <= 0.5


def test_an_hour_of_outage_is_shown_once_and_in_time() -> None:
    begins = NOON + timedelta(hours=1, seconds=20)

    def world(now: datetime, chance: Random) -> Iterable[Cause]:
        broken = begins <= now < begins + timedelta(hours=1) and chance.random() < 0.97
        return (SILENT,) if broken else ()

    runs = openings(world, timedelta(hours=3))
    assert [len(found) for found in runs] == [1] * len(SEEDS)
    found_after = sorted(found[0] - begins for found in runs)
    assert found_after[len(runs) // 2] <= timedelta(seconds=180)


def test_the_end_of_an_outage_is_reported() -> None:
    ends = NOON + timedelta(hours=1)

    def world(now: datetime, chance: Random) -> Iterable[Cause]:
        return (SILENT,) if now < ends else ()

    for seed in SEEDS:
        (_, opened), (at, closed) = live(world, seed, timedelta(hours=3))
        assert (opened.raised, closed.raised) == (True, False)
        assert at - ends <= timedelta(minutes=6)
