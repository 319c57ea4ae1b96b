import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from app.net.errors import (
    AddressRefusedError,
    ConnectionFailedError,
    NameResolutionError,
    OutboundError,
)
from app.net.guard import Guard, Resolver
from tests.probes.servers import serving

pytestmark = pytest.mark.anyio

LOOPBACK = (ip_network("127.0.0.0/8"),)


def answering(*addresses: str) -> Resolver:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def failing(error: Exception) -> Resolver:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise error

    return resolve


async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await writer.drain()
    writer.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_connection_goes_to_the_address_that_was_checked() -> None:
    async with serving(greet) as port:
        guard = Guard(LOOPBACK, answering("127.0.0.1"))
        connection = await guard.connect("shop.example", port, timeout=5)
        assert connection.address == "127.0.0.1"
        assert await connection.reader.read() == b"hello"
        connection.abort()


async def test_a_name_is_resolved_once_so_that_rebinding_gains_nothing() -> None:
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.9"]

    async with serving(greet) as port:
        connection = await Guard(LOOPBACK, rebinding).connect("shop.example", port, timeout=5)
        connection.abort()
    assert asked == ["shop.example"]
    assert connection.address == "127.0.0.1"


async def test_a_private_address_is_refused_unless_allowed() -> None:
    guard = Guard((), answering("127.0.0.1", "10.0.0.1"))
    with pytest.raises(AddressRefusedError) as caught:
        await guard.connect("shop.example", 443, timeout=5)
    assert caught.value.code == "private_address"
    assert caught.value.detail == "127.0.0.1, 10.0.0.1"


async def test_private_addresses_among_public_ones_are_left_out() -> None:
    guard = Guard((), answering("127.0.0.1", "1.1.1.1", "1.1.1.1", "::1"))
    assert [str(one) for one in await guard.addresses("shop.example", 443)] == ["1.1.1.1"]


@pytest.mark.parametrize("spelling", ["127.1", "2130706433", "0x7f000001", "[::1]", "0"])
async def test_odd_spellings_of_loopback_are_refused_too(spelling: str) -> None:
    with pytest.raises(OutboundError):
        await Guard().connect(spelling, 443, timeout=5)


async def test_the_next_address_is_tried_when_one_is_closed() -> None:
    async with serving(greet) as port:
        guard = Guard(LOOPBACK, answering("127.0.0.3", "127.0.0.1"))
        connection = await guard.connect("shop.example", port, timeout=5)
        connection.abort()
    assert connection.address == "127.0.0.1"


async def test_a_closed_port_is_reported() -> None:
    guard = Guard(LOOPBACK, answering("127.0.0.1"))
    with pytest.raises(ConnectionFailedError) as caught:
        await guard.connect("shop.example", free_port(), timeout=5)
    assert caught.value.code == "connection_refused"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "no_such_host"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), "dns_failed"),
        (UnicodeError("label too long"), "no_such_host"),
    ],
)
async def test_a_name_without_addresses_is_reported(error: Exception, code: str) -> None:
    with pytest.raises(NameResolutionError) as caught:
        await Guard((), failing(error)).connect("shop.example", 443, timeout=5)
    assert caught.value.code == code


async def test_a_resolver_that_never_answers_is_not_waited_for() -> None:
    async def silent(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(NameResolutionError) as caught:
        await Guard((), silent).connect("shop.example", 443, timeout=0.05)
    assert caught.value.code == "timed_out"


async def test_a_name_with_a_hundred_addresses_is_tried_a_few_times_only() -> None:
    guard = Guard((), answering(*(f"1.1.1.{last}" for last in range(100))))
    assert len(await guard.addresses("shop.example", 443)) == 8
