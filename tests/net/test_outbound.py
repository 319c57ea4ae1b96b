"""The requests of channels: guarded, bounded, and few at once."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

import pytest

from app.demo.hierarchy import make_hierarchy
from app.demo.servers import DemoServers
from app.net.guard import Guard
from app.net.outbound import GuardedOutbound
from app.ports.channel import FailureScope, HttpReply, Mail, SendError
from app.ports.clock import system_clock
from tests.probes.servers import serving

pytestmark = pytest.mark.anyio

LOOPBACK = ip_network("127.0.0.0/8")


async def resolve(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def outbound(*, resolver: object = resolve) -> GuardedOutbound:
    return GuardedOutbound(Guard((LOOPBACK,), resolver))  # type: ignore[arg-type]


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers each request with `reply` and closes; its port, and the requests."""
    received: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            received.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with serving(answer) as port:
        yield port, received


@asynccontextmanager
async def answering_in_part(beginning: bytes) -> AsyncIterator[int]:
    """A server that answers with the beginning of a reply and then waits for the end; its port."""
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(beginning)
        await writer.drain()
        await ended.wait()
        writer.close()

    async with serving(answer) as port:
        try:
            yield port
        finally:
            ended.set()


async def post(url: str, through: GuardedOutbound | None = None, **options: float) -> HttpReply:
    return await (through or outbound()).post(url, content=b"{}", headers={}, **options)


async def test_the_reply_has_status_headers_and_body() -> None:
    reply = b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait"
    async with answering(reply) as (port, _):
        found = await post(f"http://hooks.example.net:{port}/x")
    assert (found.status, found.headers["retry-after"], found.body) == (429, "7", b"wait")


async def test_a_redirect_is_not_followed() -> None:
    reply = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    async with answering(reply) as (port, received):
        assert (await post(f"http://hooks.example.net:{port}/x")).status == 307
        assert len(received) == 1


async def test_a_10_mb_answer_is_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
    async with answering(head + b"x" * 300_000) as (port, _):
        assert len((await post(f"http://hooks.example.net:{port}/x")).body) == 65_536


CODED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (gzip.compress(b"ok"), b"ok"),
        (zlib.compress(b"ok"), b"ok"),
        (gzip.compress(b"ok")[:-3], b"ok"),
        (gzip.compress(b"x" * 10_000_000), b"x" * 65_536),
        (b"abc", b"abc"),
    ],
    ids=["gzip", "zlib", "torn", "bomb", "none"],
)
async def test_a_coded_answer_is_unpacked_up_to_64_kb_though_no_coding_is_accepted(
    sent: bytes, read: bytes
) -> None:
    async with answering(CODED + sent) as (port, received):
        assert (await post(f"http://hooks.example.net:{port}/x")).body == read
    assert b"accept-encoding: identity" in received[0].lower()


async def test_a_reply_whose_body_ends_early_is_a_reply() -> None:
    reply = b"HTTP/1.1 202 Taken\r\nContent-Length: 100\r\n\r\nok"
    async with answering(reply) as (port, _):
        found = await post(f"http://hooks.example.net:{port}/x")
    assert (found.status, found.body) == (202, b"ok")


async def test_a_reply_whose_body_does_not_come_is_a_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.net.outbound._BODY_SECONDS", 0.05)
    async with answering_in_part(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow") as port:
        found = await post(f"http://hooks.example.net:{port}/x")
    assert (found.status, found.body) == (200, b"slow")


@pytest.mark.parametrize(
    "flood",
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nA:b"],
    ids=["100-continue", "one header", "slow headers"],
)
async def test_headers_without_an_end_are_a_failure_that_may_pass(flood: bytes) -> None:
    async with answering(flood * 50 + b"x" * 200) as (port, _):
        found = await failure(f"http://hooks.example.net:{port}/x")
    assert (found.code, found.is_permanent, found.scope) == (
        "no_reply",
        False,
        FailureScope.RECIPIENT,
    )


async def failure(url: str, through: GuardedOutbound | None = None) -> SendError:
    with pytest.raises(SendError) as raised:
        await post(url, through, timeout_seconds=5)
    return raised.value


async def test_a_webhook_name_that_turns_private_is_refused_at_connect_time() -> None:
    private = GuardedOutbound(Guard((), resolve))
    found = await failure("https://hooks.example.net/x", private)
    assert (found.code, found.scope) == ("private_address", FailureScope.RECIPIENT)


async def test_http_is_for_allowed_networks_only() -> None:
    async def public(_host: str, _port: int) -> Sequence[str]:
        return ["192.88.98.1"]

    found = await failure("http://hooks.example.net/x", outbound(resolver=public))
    assert found.code == "not_https"


async def test_a_refused_connection_is_the_failure_of_the_lane() -> None:
    async with answering(b"") as (port, _):
        pass
    found = await failure(f"http://hooks.example.net:{port}/x")
    assert found.scope is FailureScope.LANE


async def test_a_connection_that_is_reset_is_a_failure_that_may_pass() -> None:
    async with answering(b"") as (port, _):
        found = await failure(f"http://hooks.example.net:{port}/x")
    assert (found.code, found.is_permanent) == ("no_reply", False)


async def test_headers_that_do_not_come_to_an_end_are_not_waited_for() -> None:
    async with answering_in_part(b"HTTP/1.1 200 OK\r\nX-Slow: ") as port:
        with pytest.raises(SendError) as raised:
            await post(f"http://hooks.example.net:{port}/x", timeout_seconds=0.3)
    assert (raised.value.code, raised.value.is_permanent) == ("timed_out", False)


async def test_a_certificate_that_nobody_trusts_is_the_failure_of_the_lane() -> None:
    now = system_clock()
    hierarchy = make_hierarchy(now, expires_at=now.replace(year=now.year + 1))
    served = hierarchy.short_chain(["other.example"], now=now)
    with DemoServers({"other.example": served}) as servers:
        found = await failure(f"https://hooks.example.net:{servers.ports['other.example']}/x")
    assert (found.code, found.scope) == ("tls_failed", FailureScope.LANE)


async def test_a_name_that_does_not_resolve_is_the_failure_of_the_lane() -> None:
    async def nothing(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    found = await failure("https://gone.example.net/x", outbound(resolver=nothing))
    assert (found.code, found.scope) == ("no_such_host", FailureScope.LANE)


@pytest.mark.parametrize("url", ["", "hooks.example.net", "file:///etc/passwd", "https://[::1/x"])
async def test_what_is_no_url_is_a_permanent_failure(url: str) -> None:
    assert (await failure(url)).is_permanent


async def test_a_host_has_at_most_four_requests_at_once() -> None:
    at_once = most = 0
    go_on = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        await reader.readuntil(b"\r\n\r\n")
        at_once += 1
        most = max(most, at_once)
        if at_once == 4:
            go_on.set()
        await go_on.wait()
        at_once -= 1
        writer.write(b"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with serving(answer) as port:
        through = outbound()
        url = f"http://hooks.example.net:{port}/x"
        replies = await asyncio.gather(*(post(url, through) for _ in range(12)))
    assert {each.status for each in replies} == {204}
    assert most == 4


async def test_mail_that_is_not_set_up_is_the_failure_of_the_lane() -> None:
    mail = Mail("dlvry0000001", "fyr@example.net", "vera@example.net", b"")
    with pytest.raises(SendError) as raised:
        async with outbound().mail() as connection:
            await connection.send(mail)
    assert (raised.value.code, raised.value.scope) == ("mail_not_set_up", FailureScope.LANE)
