"""The whole way, in this process: a server's chain ends, an incident opens, and is resolved."""

import asyncio
import time
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.db.engine import make_engine
from app.demo.hierarchy import Hierarchy, make_hierarchy
from app.demo.servers import DemoServers, loopback_resolver
from app.demo.story import write_profiles
from app.domain.certificates.probe_results import EndpointScan
from app.domain.statuses import IncidentStatus
from app.net.guard import Guard
from app.ports.clock import system_clock
from app.ports.spans import Span
from app.probes.scanner import Scanner
from app.usecases.database import Database
from app.usecases.incidents import listing
from app.usecases.sources.processor import Processor
from app.usecases.targets import targets
from app.usecases.targets.targets import NewTarget
from app.worker.prober import Prober
from app.worker.profile_folder import ProfileFolder
from app.worker.scheduled import ScheduledJobs
from tests.cast import Backend
from tests.factories import make_service
from tests.fakes import fake_hashes

pytestmark = pytest.mark.anyio

HOST = "pay.example"
PROFILES = ("demo-current", "demo-legacy")
IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def now() -> datetime:
    """The servers' certificates live in real time; the rest of Fyr goes by the moved clock."""
    return system_clock().replace(microsecond=0)


@pytest.fixture
def hierarchy(now: datetime) -> Hierarchy:
    return make_hierarchy(now, expires_at=now + timedelta(seconds=20))


@pytest.fixture
def prober(backend: Backend, hierarchy: Hierarchy, now: datetime, tmp_path: Path) -> Prober:
    backend.clock.now = now
    write_profiles(tmp_path / "profiles", hierarchy)
    guard = Guard((ip_network("127.0.0.0/8"),), loopback_resolver({HOST}))
    return Prober(backend.database, Scanner(guard, 5, 5), ProfileFolder(tmp_path / "profiles"))


def watch(backend: Backend, port: int, profiles: tuple[str, ...] = PROFILES) -> str:
    with backend.writing() as ctx:
        make_service(ctx, "payments")
        new = NewTarget(HOST, port, services=("payments",), interval_seconds=2, profiles=profiles)
        return targets.add_target(ctx, new, profiles).id


async def live(backend: Backend, prober: Prober, seconds: int) -> None:
    """Let the worker work while the clock moves on by so many seconds."""
    scheduled = ScheduledJobs(backend.database, Processor(backend.database, {}), fake_hashes())
    for _ in range(seconds // 2):
        await prober.run_due()
        await prober.finish()
        await scheduled.advance()
        backend.clock.forward(seconds=2)


def story(backend: Backend) -> list[IncidentStatus]:
    with backend.reading() as ctx:
        found = listing.list_incidents(ctx, cursor=None, limit=10).items
    return [update.status for each in found for update in reversed(each.incident.updates)]


async def test_an_incident_opens_when_the_old_root_ends_and_is_resolved_when_it_is_renewed(
    backend: Backend, prober: Prober, hierarchy: Hierarchy, now: datetime
) -> None:
    with DemoServers({HOST: hierarchy.long_chain([HOST], now=now)}) as servers:
        watch(backend, servers.ports[HOST])
        await live(backend, prober, 20)
        assert story(backend) == []
        await live(backend, prober, 10)
        assert story(backend) == [IDENTIFIED]
        servers.switch(HOST, hierarchy.short_chain([HOST], now=now))
        await live(backend, prober, 20)
        assert story(backend) == [IDENTIFIED, MONITORING, RESOLVED]


async def test_a_server_that_is_gone_is_found_silent(
    backend: Backend, prober: Prober, hierarchy: Hierarchy, now: datetime
) -> None:
    with DemoServers({HOST: hierarchy.short_chain([HOST], now=now)}) as servers:
        target = watch(backend, servers.ports[HOST])
        prober.trace = (spans := list[Span]()).append
        await live(backend, prober, 4)
        assert {(each.name, each.attributes["fyr.target"], each.error) for each in spans} == {
            ("probe", target, "")
        }
    await live(backend, prober, 110)
    assert story(backend) == [IncidentStatus.INVESTIGATING]


async def test_profiles_that_are_written_again_are_taken_up(
    backend: Backend, prober: Prober, hierarchy: Hierarchy, now: datetime
) -> None:
    for file in prober.profiles.folder.iterdir():
        file.unlink()
    with DemoServers({HOST: hierarchy.short_chain([HOST], now=now)}) as servers:
        watched = watch(backend, servers.ports[HOST])
        await live(backend, prober, 6)
        assert state(backend, watched) == "unknown"
        write_profiles(prober.profiles.folder, hierarchy)
        await live(backend, prober, 6)
        assert state(backend, watched) == "ok"


def state(backend: Backend, target_id: str) -> str:
    with backend.reading() as ctx:
        return targets.get_target(ctx, target_id).state


async def test_a_profile_that_is_broken_leaves_those_of_before(
    backend: Backend,
    prober: Prober,
    hierarchy: Hierarchy,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with DemoServers({HOST: hierarchy.short_chain([HOST], now=now)}) as servers:
        watched = watch(backend, servers.ports[HOST])
        await live(backend, prober, 6)
        (prober.profiles.folder / "broken.toml").write_text("id = ")
        await live(backend, prober, 6)
    assert state(backend, watched) == "ok"
    assert "profiles.refused" in caplog.text


async def test_no_more_than_so_many_are_looked_at_at_once(backend: Backend, prober: Prober) -> None:
    looking, most = 0, 0

    async def slow_resolver(host: str, port: int) -> list[str]:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        await asyncio.sleep(0.02)
        looking -= 1
        return []

    prober.scanner.guard = Guard((), slow_resolver)
    with backend.writing() as ctx:
        for number in range(12):
            targets.add_target(ctx, NewTarget(f"{number}.example"), set())
    for _ in range(6):
        await prober.run_due()
        await asyncio.sleep(0.01)
    await prober.finish()
    assert most == 5


async def test_what_could_not_be_written_down_is_probed_again(
    backend: Backend, prober: Prober, hierarchy: Hierarchy, now: datetime
) -> None:
    with DemoServers({HOST: hierarchy.short_chain([HOST], now=now)}) as servers:
        watched = watch(backend, servers.ports[HOST])
        await prober.run_due()
        prober.database = Database(make_engine("sqlite:////nowhere/fyr.db"), backend.clock)
        await prober.finish()
        assert state(backend, watched) == "unknown"
        prober.database = backend.database
        backend.clock.forward(minutes=1)
        await live(backend, prober, 6)
        assert state(backend, watched) == "ok"


async def test_what_is_on_its_way_is_given_up_at_the_end(backend: Backend, prober: Prober) -> None:
    async def endless(host: str, port: int) -> list[str]:
        await asyncio.sleep(3600)
        return []

    prober.scanner.guard = Guard((), endless)
    watch(backend, 443)
    await prober.run_due()
    begun = time.monotonic()
    await prober.close()
    assert time.monotonic() - begun < 600  # the probe itself would take an hour


async def test_it_is_looked_closer_once_an_hour_and_when_what_is_served_changes(
    backend: Backend, prober: Prober, hierarchy: Hierarchy, now: datetime
) -> None:
    scanner = Counting(prober.scanner.guard, 5, 5)
    prober.scanner = scanner
    with DemoServers({HOST: hierarchy.short_chain([HOST], now=now)}) as servers:
        watch(backend, servers.ports[HOST])
        await live(backend, prober, 8)
        assert scanner.detailed == 1
        servers.switch(HOST, hierarchy.short_chain([HOST], now=now))
        await live(backend, prober, 8)
        assert scanner.detailed == 2
        backend.clock.forward(hours=1)
        await live(backend, prober, 4)
        assert scanner.detailed == 3


class Counting(Scanner):
    """Remembers how often it was asked to look detailed."""

    detailed = 0

    async def add_details(self, seen: EndpointScan, *, starttls: str | None = None) -> EndpointScan:
        self.detailed += 1
        return await super().add_details(seen, starttls=starttls)
