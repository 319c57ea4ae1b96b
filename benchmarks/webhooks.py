"""Webhooks: how many signed ones a second, through the guard, and what that costs the worker.

The yardstick is a bare httpx client that posts the same signed bytes to the same server, which runs
in a process of its own, with as many requests at once. Both are measured in turn.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from multiprocessing.connection import Connection

import httpx

from app.channels import webhook
from app.net.guard import Guard
from app.net.http_channel import HttpRequest
from app.net.outbound import GuardedOutbound
from app.ports.channel import Message, Recipient
from tests.channels.messages import SECRETS, make_message, recipient

__all__ = ["main"]

# Four at once is what the worker sends to one host.
_WEBHOOKS, _ROUNDS, _AT_ONCE = 1_000, 5, 4
_REPLY = b"HTTP/1.1 204 No Content\r\n\r\n"

Send = Callable[[str], Awaitable[object]]


def main() -> None:
    """Print webhooks a second and processor time, with their yardstick."""
    with _receiver() as port:
        asyncio.run(_compare(f"http://127.0.0.1:{port}/hook"))


@contextmanager
def _receiver() -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    asyncio.run(_accept_all(pipe))


async def _accept_all(pipe: Connection) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            writer.write(_REPLY)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _compare(url: str) -> None:
    rates, ratios, costs, bare_costs = [], [], [], []
    for number in range(_ROUNDS + 1):
        async with _ours(url) as send:
            seconds, cpu = await _send_all(send)
        async with _bare(url) as send:
            bare, bare_cpu = await _send_all(send)
        if number:  # the first round imports and fills caches
            rates.append(_WEBHOOKS / seconds)
            ratios.append(bare / seconds)
            costs.append(cpu / _WEBHOOKS * 1000)
            bare_costs.append(bare_cpu / _WEBHOOKS * 1000)
    size = len(_request(url, "dlvry0000000").content)
    print(f"signed webhooks: {statistics.median(rates):,.0f}/s of {size} bytes")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"  of bare httpx {statistics.median(ratios):.2f} ({each})")
    cost, bare_cost = statistics.median(costs), statistics.median(bare_costs)
    print(f"  CPU {cost:.2f} ms each, bare httpx {bare_cost:.2f} ms: {cost / bare_cost:.1f}")


@asynccontextmanager
async def _ours(url: str) -> AsyncIterator[Send]:
    message, to = _message(), _recipient(url)
    outbound = GuardedOutbound(Guard((ip_network("127.0.0.0/8"),)))
    async with webhook.CHANNEL.open(outbound, {}) as sender:
        yield lambda key: sender.send(message, to, key)


@asynccontextmanager
async def _bare(url: str) -> AsyncIterator[Send]:
    requests = {key: _request(url, key) for key in _keys()}
    # Once, as for ours: it takes 30 ms.
    context = httpx.create_ssl_context(trust_env=False)

    async def send(key: str) -> None:
        request = requests[key]
        headers = {"content-type": "application/json", **request.headers}
        # A fresh connection for each, as for ours: most receivers get one message of a notice.
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            reply = await client.post(url, content=request.content, headers=headers)
        reply.raise_for_status()

    yield send


def _request(url: str, key: str) -> HttpRequest:
    return webhook.CHANNEL.build(_message(), _recipient(url), key)


def _message() -> Message:
    return make_message("We are looking into failed payments. " * 20)


def _recipient(url: str) -> Recipient:
    return recipient(**{**SECRETS, "url": url})


def _keys() -> list[str]:
    return [f"dlvry{number:07}" for number in range(_WEBHOOKS)]


async def _send_all(send: Send) -> tuple[float, float]:
    """The seconds, and the processor seconds, of all webhooks, some of them at once."""
    keys = iter(_keys())

    async def connection() -> None:
        for key in keys:
            await send(key)

    begun, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(connection())
    return time.perf_counter() - begun, time.process_time() - cpu


if __name__ == "__main__":
    main()
