"""A steady number of requests a second, whatever the server does: how long visitors wait.

A request's wait begins when it is due, not when a connection is free for it, so a server that stops
for a second makes everybody wait who came in that second.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from benchmarks.load import LOAD_CORE
from benchmarks.servers import Server

__all__ = ["Waits", "begin", "finish"]

_CONNECTIONS = 64


@dataclass(frozen=True)
class Waits:
    """How many were asked and how many got no 200, and how long they waited in milliseconds."""

    asked: int
    failed: int
    median: float
    p99: float
    longest: float


def begin(server: Server, rate: int, seconds: float) -> subprocess.Popen[str]:
    """Begin to ask, from the load's core."""
    command = [sys.executable, "-m", "benchmarks.pace", server.url, str(rate), str(seconds)]
    return subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, *command], stdout=subprocess.PIPE, text=True
    )


def finish(load: subprocess.Popen[str]) -> Waits:
    """Wait for the end."""
    told, _ = load.communicate(timeout=120)
    return Waits(**json.loads(told))


class _Crowd:
    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.request = (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: br\r\n\r\n"
        ).encode()
        self.waiting: deque[float] = deque()
        self.idle: list[_Visitor] = []
        self.waits: list[float] = []
        self.failed = 0
        self.left = count

    def come(self, due: float) -> None:
        self.waiting.append(due)
        self.serve()

    def serve(self) -> None:
        while self.waiting and self.idle:
            self.idle.pop().ask(self.waiting.popleft())

    def done(self, due: float, *, well: bool) -> None:
        self.waits.append(time.perf_counter() - due)
        self.failed += not well
        self.left -= 1


class _Visitor(asyncio.Protocol):
    """A connection that is kept; it is opened anew when the server closes it."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd = crowd
        self._due: float | None = None
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._crowd.idle.append(self)
        self._crowd.serve()

    def ask(self, due: float) -> None:
        assert self._transport is not None
        self._due = due
        self._answer = b""
        self._transport.write(self._crowd.request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or self._due is None:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) < int(rest.split(b"\r\n")[0]):
            return
        due, self._due = self._due, None
        self._crowd.done(due, well=head.startswith(b"HTTP/1.1 200"))
        self._crowd.idle.append(self)
        self._crowd.serve()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._due is not None:
            self._crowd.done(self._due, well=False)
        if self in self._crowd.idle:
            self._crowd.idle.remove(self)
        if self._crowd.left:
            asyncio.get_running_loop().create_task(_join(self._crowd))


async def _join(crowd: _Crowd) -> None:
    await asyncio.get_running_loop().create_connection(lambda: _Visitor(crowd), *crowd.address)


async def _ask(url: str, rate: int, seconds: float) -> Waits:
    count = int(rate * seconds)
    crowd = _Crowd(url, count)
    for _ in range(_CONNECTIONS):
        await _join(crowd)
    begun = time.perf_counter()
    for number in range(count):
        due = begun + number / rate
        while (ahead := due - time.perf_counter()) > 0:  # noqa: ASYNC110  # a clock, not an event
            await asyncio.sleep(ahead)
        crowd.come(due)
        if number % 8 == 0:
            await asyncio.sleep(0)
    patience = time.perf_counter() + 20
    while crowd.left > 0 and time.perf_counter() < patience:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    waits = sorted(wait * 1000 for wait in crowd.waits)
    return Waits(
        asked=count,
        failed=crowd.failed + max(crowd.left, 0),
        median=waits[len(waits) // 2],
        p99=waits[int(len(waits) * 0.99)],
        longest=waits[-1],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_ask(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))))
