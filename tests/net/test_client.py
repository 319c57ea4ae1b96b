import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from app.demo.hierarchy import make_hierarchy
from app.demo.servers import DemoServers
from app.net.client import GuardedTransport, Limits, fetch, request
from app.net.errors import AddressRefusedError, OutboundError, RequestFailedError, TooLargeError
from app.net.guard import Guard
from app.ports.clock import system_clock
from tests.probes.servers import hold, serving

pytestmark = pytest.mark.anyio

HERE = ("shop.example", "other.example")


async def resolve(host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"] if host in HERE else ["10.0.0.1"]


GUARD = Guard((ip_network("127.0.0.0/8"),), resolve)


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(reply)
        await writer.drain()
        writer.close()

    async with serving(answer) as port:
        yield port, heard


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def test_a_page_is_fetched_under_its_own_name() -> None:
    async with answering(ok(b"hello")) as (port, heard):
        assert await fetch(f"http://shop.example:{port}/x", guard=GUARD) == b"hello"
    assert b"host: shop.example:%d" % port in heard[0].lower()


async def test_a_private_address_is_refused() -> None:
    with pytest.raises(AddressRefusedError):
        await fetch("http://10.0.0.1/", guard=Guard())


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    reply = b"HTTP/1.1 302 Found\r\nLocation: http://inside.example/\r\nContent-Length: 0\r\n\r\n"
    async with answering(reply) as (port, _):
        with pytest.raises(AddressRefusedError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD)


async def test_a_body_that_is_too_large_is_cut_off() -> None:
    async with answering(ok(b"x" * 2000)) as (port, _):
        with pytest.raises(TooLargeError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD, limits=Limits(max_bytes=1000))


async def test_an_error_answer_is_an_error() -> None:
    async with answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as (port, _):
        with pytest.raises(RequestFailedError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD)


async def test_a_server_that_never_answers_is_not_waited_for() -> None:
    async with serving(hold) as port:
        with pytest.raises(OutboundError):
            await fetch(
                f"http://shop.example:{port}/", guard=GUARD, limits=Limits(timeout_seconds=0.1)
            )


async def test_a_redirect_is_not_followed_where_the_limits_say_so() -> None:
    reply = b"HTTP/1.1 302 Found\r\nLocation: http://shop.example/\r\n\r\n"
    limits = Limits(follow_redirects=False)
    async with answering(reply) as (port, _):
        with pytest.raises(RequestFailedError, match="302"):
            await fetch(f"http://shop.example:{port}/", guard=GUARD, limits=limits)


async def test_a_request_sends_its_headers_and_content_and_returns_any_status() -> None:
    reply = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
    async with answering(reply) as (port, heard):
        url = f"http://shop.example:{port}/token"
        response = await request(
            "POST", url, guard=GUARD, limits=Limits(), headers={"x-a": "b"}, content="c=d"
        )
    assert (response.status, response.body) == (400, b"no")
    assert heard[0].startswith(b"POST /token ")
    assert b"x-a: b" in heard[0].lower()


@pytest.mark.parametrize("url", ["http://", "ftp://shop.example/", "http://a:b:c/"])
async def test_a_url_that_cannot_be_requested_is_an_outbound_error(url: str) -> None:
    with pytest.raises(OutboundError):
        await fetch(url, guard=GUARD)


@pytest.fixture
def now() -> datetime:
    return system_clock()


@pytest.mark.parametrize("wanted", HERE)
async def test_the_certificate_must_be_made_out_to_the_name(
    wanted: str, now: datetime, tmp_path: Path
) -> None:
    hierarchy = make_hierarchy(now, expires_at=now.replace(year=now.year + 1))
    root = tmp_path / "root.pem"
    root.write_bytes(hierarchy.new_root.pem)
    served = hierarchy.short_chain(["shop.example"], now=now)
    inner = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=str(root)))
    with DemoServers({"shop.example": served}) as servers:
        url = f"https://{wanted}:{servers.ports['shop.example']}/"
        async with httpx.AsyncClient(transport=GuardedTransport(GUARD, inner)) as client:
            if wanted == "shop.example":
                assert (await client.get(url)).status_code == 200
            else:
                with pytest.raises(httpx.ConnectError, match="certificate"):
                    await client.get(url)
