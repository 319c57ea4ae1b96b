"""Open-loop load: requests at fixed times, however fast the server answers.

The waiting time of a request begins when it is due and not when a connection is free. So a server
that stops for a second delays every request that is due in that second.
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
    """The number of requests, those without a 200, and waiting times in milliseconds."""

    requests: int
    failed: int
    median: float
    p99: float
    longest: float


def begin(server: Server, rate: int, seconds: float) -> subprocess.Popen[str]:
    """Start the load in a process on the second core."""
    command = [sys.executable, "-m", "benchmarks.pace", server.url, str(rate), str(seconds)]
    return subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, *command], stdout=subprocess.PIPE, text=True
    )


def finish(load: subprocess.Popen[str]) -> Waits:
    """Wait until the load has ended."""
    output, _ = load.communicate(timeout=120)
    return Waits(**json.loads(output))


class _Load:
    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.request = (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: br\r\n\r\n"
        ).encode()
        self.waiting: deque[float] = deque()
        self.idle: list[_Connection] = []
        self.waits: list[float] = []
        self.failed = 0
        self.left = count

    def add(self, due: float) -> None:
        self.waiting.append(due)
        self.serve()

    def serve(self) -> None:
        while self.waiting and self.idle:
            self.idle.pop().send(self.waiting.popleft())

    def done(self, due: float, *, ok: bool) -> None:
        self.waits.append(time.perf_counter() - due)
        self.failed += not ok
        self.left -= 1


class _Connection(asyncio.Protocol):
    """A keep-alive connection; another one is opened when the server closes it."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._due: float | None = None
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._load.idle.append(self)
        self._load.serve()

    def send(self, due: float) -> None:
        assert self._transport is not None
        self._due = due
        self._answer = b""
        self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or self._due is None:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) < int(rest.split(b"\r\n")[0]):
            return
        due, self._due = self._due, None
        self._load.done(due, ok=head.startswith(b"HTTP/1.1 200"))
        self._load.idle.append(self)
        self._load.serve()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._due is not None:
            self._load.done(self._due, ok=False)
        if self in self._load.idle:
            self._load.idle.remove(self)
        if self._load.left:
            asyncio.get_running_loop().create_task(_connect(self._load))


async def _connect(load: _Load) -> None:
    await asyncio.get_running_loop().create_connection(lambda: _Connection(load), *load.address)


async def _run(url: str, rate: int, seconds: float) -> Waits:
    count = int(rate * seconds)
    load = _Load(url, count)
    for _ in range(_CONNECTIONS):
        await _connect(load)
    started = time.perf_counter()
    for number in range(count):
        due = started + number / rate
        while (pause := due - time.perf_counter()) > 0:  # noqa: ASYNC110  # a clock, not an event
            await asyncio.sleep(pause)
        load.add(due)
        if number % 8 == 0:
            await asyncio.sleep(0)
    deadline = time.perf_counter() + 20
    while load.left > 0 and time.perf_counter() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    waits = sorted(wait * 1000 for wait in load.waits)
    return Waits(
        requests=count,
        failed=load.failed + max(load.left, 0),
        median=waits[len(waits) // 2],
        p99=waits[int(len(waits) * 0.99)],
        longest=waits[-1],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))))
