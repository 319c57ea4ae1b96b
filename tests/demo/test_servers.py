from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from app.demo.hierarchy import Hierarchy, make_hierarchy
from app.demo.servers import DemoServers, loopback_resolver
from app.domain.certificates.findings import ProbeResult
from app.net.guard import Guard
from app.ports.clock import system_clock
from app.trust.x509.chain import read_pem
from tests.probes.servers import look

pytestmark = pytest.mark.anyio

PAY, SHOP = "pay.example", "shop.example"
GUARD = Guard((ip_network("127.0.0.0/8"),), loopback_resolver({PAY, SHOP}))


@pytest.fixture(scope="module")
def now() -> datetime:
    return system_clock()


@pytest.fixture(scope="module")
def hierarchy(now: datetime) -> Hierarchy:
    return make_hierarchy(now, expires_at=now + timedelta(seconds=20))


async def see(servers: DemoServers, host: str) -> ProbeResult:
    return await look(host, servers.ports[host], guard=GUARD, timeout=5)


async def test_each_host_has_its_own_chain(hierarchy: Hierarchy, now: datetime) -> None:
    served = {host: hierarchy.long_chain([host], now=now) for host in (PAY, SHOP)}
    with DemoServers(served) as servers:
        for host, shown in served.items():
            expected = [one.der for one in read_pem(shown.chain).certificates]
            assert list((await see(servers, host)).certificates) == expected


async def test_a_chain_is_switched_while_it_is_served(hierarchy: Hierarchy, now: datetime) -> None:
    with DemoServers({PAY: hierarchy.long_chain([PAY], now=now)}) as servers:
        before = await see(servers, PAY)
        servers.switch(PAY, hierarchy.short_chain([PAY], now=now))
        after = await see(servers, PAY)
    assert (len(before.certificates), len(after.certificates)) == (3, 2)
    assert before.certificates[0] != after.certificates[0]


async def test_servers_are_gone_after_the_block(hierarchy: Hierarchy, now: datetime) -> None:
    with DemoServers({PAY: hierarchy.long_chain([PAY], now=now)}) as servers:
        pass
    seen = await see(servers, PAY)
    assert seen.failure is not None
    assert seen.failure.code == "connection_refused"


async def test_a_port_may_be_asked_for(hierarchy: Hierarchy, now: datetime) -> None:
    served = {PAY: hierarchy.long_chain([PAY], now=now)}
    with DemoServers(served) as first:
        port = first.ports[PAY]
    with DemoServers(served, ports={PAY: port}) as again:
        assert again.ports == {PAY: port}
        with pytest.raises(OSError, match="in use"), DemoServers(served, ports={PAY: port}):
            pass
