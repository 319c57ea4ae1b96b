"""Connections without sockets and without waiting: a transport that records, a clock that obeys."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.ports.clock import system_clock
from app.web.page_cache.serving.limited_protocol import LimitedConfig
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.serving.open_connections import ConnectionLimits
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore

__all__ = ["Clock", "Wire", "echo", "front"]


class _Timer:
    def __init__(self, at: float, call: Callable[[], object]) -> None:
        self.at, self.call, self.cancelled = at, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose timers fire when the test lets time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._timers: list[_Timer] = []
        self.timers_started = 0
        self.wires: list[Wire] = []

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: object,
        context: object = None,
    ) -> _Timer:
        timer = _Timer(self.seconds + delay, lambda: callback(*args))
        self._timers.append(timer)
        self.timers_started += 1
        return timer

    def time(self) -> float:
        return self.seconds

    @property
    def timers_running(self) -> int:
        """How many timers have neither fired nor been cancelled."""
        return sum(not each.cancelled for each in self._timers)

    def settle(self) -> None:
        """Run what can run now."""
        for _ in range(12):
            self.run_until_complete(asyncio.sleep(0))

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass, one timer after another."""
        end = self.seconds + seconds
        while due := [each for each in self._timers if not each.cancelled and each.at <= end]:
            first = min(due, key=lambda each: each.at)
            self._timers.remove(first)
            self.seconds = first.at
            first.call()
            self.settle()
        self.seconds = end

    def end(self) -> None:
        """Close all connections, cancel what still runs, and close the loop."""
        for wire in self.wires:
            wire.transport.abort()
        self.settle()
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.settle()
        self.close()


class _Transport(asyncio.Transport):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self._written: list[bytes] = []
        self.unsent = 0
        self.paused = self.closing = self.aborted = self.ended = self.lost = False
        self.protocol: HttpToolsProtocol

    @property
    def sent(self) -> bytes:
        """Everything that the server has sent."""
        return b"".join(self._written)

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.lost:  # as uvloop does it
            raise RuntimeError("the handler is closed")
        if not self.closing:
            self._written.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in list_of_data:
            self.write(data)

    def holds(self, body: bytes) -> bool:
        """Whether these very bytes were written, and no copy of them."""
        return any(each is body for each in self._written)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            if not self.unsent:
                self.clock.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = self.closing = True
            self.clock.call_soon(self.protocol.connection_lost, ConnectionAbortedError())


class Wire:
    """One connection to a protocol class."""

    def __init__(
        self,
        clock: Clock,
        protocol: type[HttpToolsProtocol],
        config: LimitedConfig,
        state: ServerState | None = None,
    ) -> None:
        self.clock = clock
        clock.wires.append(self)
        self.transport = _Transport(clock)
        self.protocol = protocol(config, state or ServerState(), {}, _loop=clock)
        self.transport.protocol = self.protocol
        self.protocol.connection_made(self.transport)
        clock.settle()

    def send(self, *packets: bytes) -> bytes:
        """Deliver packets, as long as the server reads; everything that it has sent until then."""
        for packet in packets:
            if self.transport.closing or self.transport.paused:
                break
            self.protocol.data_received(packet)
            self.clock.settle()
        return self.transport.sent

    @property
    def status(self) -> int:
        """The status of the last response; 0 without one."""
        heads = self.transport.sent.split(b"HTTP/1.1 ")
        return int(heads[-1][:3]) if len(heads) > 1 else 0

    @property
    def is_closed(self) -> bool:
        return self.transport.closing

    def hang_up(self) -> None:
        """Let the client close the connection."""
        self.transport.closing = self.transport.lost = True
        self.protocol.connection_lost(None)
        self.clock.settle()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it understood of the request, and with how long its body was."""
    size = 0
    message: Any = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
    headers = scope["headers"]
    if (b"transfer-encoding", b"chunked") in headers:
        # uvicorn adds the trailers to them, if they arrive early enough.
        headers = []
    body = f"{scope['method']} {scope['raw_path']!r} {scope['query_string']!r} {headers} {size}"
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body.encode()})


def front(app: ASGIApp, **limits: int) -> LimitedConfig:
    """The configuration of a server of `app` behind the page cache, which has the assets alone."""
    middleware = PageCacheMiddleware(app, CacheState(PageStore(2**20, system_clock)))
    config = LimitedConfig(
        middleware,
        limits=ConnectionLimits(**limits),
        ws="none",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    config.load()
    return config


def parts(data: bytes, size: int) -> Iterable[bytes]:
    """The data in packets of this size."""
    return (data[start : start + size] for start in range(0, len(data), size))
