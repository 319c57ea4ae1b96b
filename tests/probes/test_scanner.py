"""Every address of a name is looked at, once each, and none that the guard refuses."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from app.domain.certificates.findings import Stage
from app.domain.certificates.probe_results import AlternateHandshake
from app.net.guard import Guard
from app.probes.scanner import Scanner
from tests.probes.servers import GUARD, hold, serving, tls_context
from tests.trust.authorities import HOST, leaf, make

pytestmark = pytest.mark.anyio

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
CHAIN = (leaf("Inter"), make("Inter", "Root"))


class Names:
    """A resolver that gives these addresses, and remembers how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        return self.addresses


async def test_every_address_is_looked_at_though_some_do_not_answer() -> None:
    names = Names("127.0.0.1", "127.0.0.2")
    async with serving(hold, tls_context(*CHAIN)) as port:
        seen = await Scanner(Guard(LOOPBACK, names)).scan(HOST, port)
    assert seen.chains == {"127.0.0.1": CHAIN}
    assert seen.failure is None
    silent = seen.results[1]
    assert silent.address == "127.0.0.2"
    assert silent.failure is not None
    assert silent.failure.code == "connection_refused"


async def test_private_addresses_among_public_ones_are_left_alone() -> None:
    names = Names("127.0.0.1", "10.0.0.1")
    async with serving(hold, tls_context(*CHAIN)) as port:
        seen = await Scanner(Guard(LOOPBACK, names)).scan(HOST, port)
    assert [look.address for look in seen.results] == ["127.0.0.1"]


async def test_of_a_hundred_addresses_some_of_each_family_are_looked_at() -> None:
    four = [f"127.0.1.{last}" for last in range(99)]
    async with serving(hold) as port:  # none of these listens here
        seen = await Scanner(Guard(LOOPBACK, Names(*four, "::1"))).scan(HOST, port)
    assert (len(seen.results), seen.left_out) == (16, 84)
    assert seen.results[-1].address == "::1"
    assert seen.failure is not None
    assert seen.failure.stage is Stage.CONNECT


async def test_a_name_that_changes_its_address_meanwhile_gains_nothing() -> None:
    names = Names("127.0.0.1")
    scanner = Scanner(Guard(LOOPBACK, names))
    async with serving(hold, tls_context(*CHAIN)) as port:
        seen = await scanner.scan(HOST, port)
        names.addresses = ("10.0.0.1",)
        detailed = await scanner.add_details(seen)
    assert names.asked == 1
    assert {look.address for look in detailed.alternates.values()} == {"127.0.0.1"}


async def test_a_second_look_offers_rsa_alone_and_another_leaves_the_name_out() -> None:
    twin = make(HOST, "Inter", ca=False, hosts=(HOST,), held_by="rsa2048 twin")
    context = tls_context(*CHAIN)
    tls_context(twin, subject="rsa2048 twin", into=context)
    asked: list[str | None] = []
    context.sni_callback = lambda _connection, wanted, _context: asked.append(wanted)
    scanner = Scanner(GUARD)
    async with serving(hold, context) as port:
        seen = await scanner.scan(HOST, port)
        again = (await scanner.add_details(seen)).alternates
    assert seen.chains["127.0.0.1"][0] == CHAIN[0]
    assert again[AlternateHandshake.RSA].certificates[0] == twin
    assert again[AlternateHandshake.RSA].tls_version == "TLSv1.2"
    assert again[AlternateHandshake.NO_NAME].certificates[0] == CHAIN[0]
    assert sorted(asked, key=str) == [None, HOST, HOST]


async def test_no_more_connections_are_open_than_allowed() -> None:
    open_, most = 0, 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        await asyncio.sleep(0.01)
        open_ -= 1
        writer.close()

    async with serving(count) as port:
        scanner = Scanner(GUARD, concurrency=3)
        await asyncio.gather(*(scanner.scan(HOST, port) for _ in range(12)))
    assert most <= 3


async def test_nothing_is_asked_again_where_nothing_answered() -> None:
    scanner = Scanner(GUARD)
    seen = await scanner.scan("", 443)
    assert await scanner.add_details(seen) == seen
