import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

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
    over: list[asyncio.Event] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(asyncio.Event())
        ended = over[-1]
        # A client that refuses the response closes the connection before it has read it.
        with suppress(ConnectionError):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply)
            await writer.drain()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
        ended.set()

    async with serving(answer) as port:
        yield port, heard
        for each in over:
            await each.wait()


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def test_a_page_is_fetched_under_its_own_name() -> None:
    async with answering(ok(b"hello")) as (port, heard):
        assert await fetch(f"http://shop.example:{port}/x", guard=GUARD) == b"hello"
    assert b"host: shop.example:%d" % port in heard[0].lower()


async def test_the_trusted_roots_are_read_once_and_not_for_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with answering(ok(b"hello")) as (port, _):
        await fetch(f"http://shop.example:{port}/", guard=GUARD)
        monkeypatch.setattr("ssl.create_default_context", pytest.fail)
        assert await fetch(f"http://other.example:{port}/", guard=GUARD) == b"hello"


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


_MEGABYTE = bytes(1_000_000)
_BOMBS = [
    ("br", brotli.compress(_MEGABYTE)),
    ("gzip", gzip.compress(_MEGABYTE)),
    ("X-GZIP", gzip.compress(_MEGABYTE)),
    ("deflate", zlib.compress(_MEGABYTE)),
    ("zstd", zstandard.compress(_MEGABYTE)),
    ("identity, br", brotli.compress(_MEGABYTE)),
    ("made-up", b"x"),
]


@pytest.mark.parametrize(("coding", "body"), _BOMBS)
@pytest.mark.parametrize(
    "status", ["200 OK", "302 Found\r\nLocation: /again", "500 Internal Server Error"]
)
async def test_a_response_with_a_content_coding_is_refused_before_it_is_unpacked(
    coding: str, body: bytes, status: str
) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Encoding: {coding}\r\n"
    reply = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    async with answering(reply) as (port, heard):
        with pytest.raises(RequestFailedError, match="content coding") as refused:
            await request(
                "GET",
                f"http://shop.example:{port}/",
                guard=GUARD,
                limits=Limits(),
                headers={"Accept-Encoding": "br"},
            )
    assert refused.value.code == "coded"
    assert len(heard) == 1
    assert b"accept-encoding: identity\r\n" in heard[0].lower()


async def test_a_response_that_declares_the_coding_identity_is_read() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi"
    async with answering(reply) as (port, _):
        assert await fetch(f"http://shop.example:{port}/", guard=GUARD) == b"hi"


@asynccontextmanager
async def endless(head: bytes) -> AsyncIterator[tuple[int, list[int]]]:
    """A server that sends a body until the client closes; yields how much it could send."""
    sent: list[int] = []
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sent.append(0)
        with suppress(ConnectionError):
            writer.write(head)
            while sent[-1] < 50_000_000:
                writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
                sent[-1] += 65536
                await writer.drain()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
        over.set()

    async with serving(answer) as port:
        yield port, sent
        await over.wait()


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /", b"404 Not Found"])
async def test_a_body_without_an_end_is_cut_off_as_it_arrives_redirects_included(
    status: bytes,
) -> None:
    head = b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with endless(head) as (port, sent):
        with pytest.raises(TooLargeError):
            await request(
                "GET", f"http://shop.example:{port}/", guard=GUARD, limits=Limits(max_bytes=100_000)
            )
    assert len(sent) == 1
    assert sent[0] < 50_000_000


async def test_a_declared_length_over_the_limit_is_refused_without_reading() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n"
    async with answering(reply) as (port, _):
        with pytest.raises(OutboundError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD)
    async with answering(reply.replace(b"9" * 23, b"10000001")) as (port, _):
        with pytest.raises(TooLargeError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD)


async def test_the_limit_is_for_the_bodies_of_all_redirects_together() -> None:
    body = b"x" * 400
    reply = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 400\r\n\r\n" + body
    async with answering(reply) as (port, heard):
        with pytest.raises(TooLargeError):
            await fetch(f"http://shop.example:{port}/", guard=GUARD, limits=Limits(max_bytes=1000))
    assert len(heard) == 3


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


async def test_a_redirect_to_another_port_is_refused_where_the_limits_name_ports() -> None:
    async with answering(ok(b"secret")) as (inner_port, heard):
        location = f"http://other.example:{inner_port}/".encode()
        reply = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location
        async with answering(reply) as (port, _):
            url = f"http://shop.example:{port}/"
            assert await fetch(url, guard=GUARD, limits=Limits()) == b"secret"
            with pytest.raises(AddressRefusedError, match="refused_port"):
                await fetch(url, guard=GUARD, limits=Limits(ports={port}))
    assert len(heard) == 1


@pytest.mark.parametrize("url", ["http://shop.example:22/", "https://shop.example:6379/"])
async def test_a_port_that_the_limits_do_not_name_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError, match="refused_port"):
        await fetch(url, guard=GUARD, limits=Limits(ports={80, 443}))


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
