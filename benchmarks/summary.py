"""summary.json: the page cache against a bare ASGI function that sends a constant response.

`python -m benchmarks.summary` runs each under uvicorn in a separate process, and sends requests to
them in turn, over one connection each. The figure is requests per second of processor time of the
server. At a ratio of 1.0, finding the page would take no time.
"""

import asyncio
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn

from app.db.migrate import upgrade
from app.domain.statuses import ServiceStatus
from app.main import create_app
from app.settings import load_settings
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from tests.factories import make_incident, make_maintenance, make_service, update

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]

_PATH = "/api/v2/summary.json"
_SERVICES, _INCIDENTS, _WINDOWS = 30, 10, 3
_ROUNDS, _BATCHES, _PIPELINED = 5, 1000, 20
_REQUEST = (
    f"GET {_PATH} HTTP/1.1\r\nHost: status.example.com\r\nUser-Agent: benchmark\r\n"
    "Accept: */*\r\nAccept-Encoding: gzip\r\n\r\n"
).encode()
_TICKS = os.sysconf("SC_CLK_TCK")


class Bare:
    """ASGI function that sends these bytes and does nothing else."""

    def __init__(self, start: Message, body: Message) -> None:
        self._start, self._body = start, body

    async def __call__(self, _scope: Message, _receive: object, send: Callable[..., Any]) -> None:
        await send(self._start)
        await send(self._body)


def _cached(url: str, folder: str) -> PageCacheMiddleware:
    settings = load_settings(_env_file=None, database_url=url, data_dir=folder)
    app = create_app(settings)
    return PageCacheMiddleware(app, app.state.fyr.renderer)


def _serve(factory: Callable[..., Application], arguments: tuple[Any, ...], port: int) -> None:
    uvicorn.run(
        factory(*arguments),
        port=port,
        access_log=False,
        log_level="error",
        lifespan="off" if factory is Bare else "on",
        timeout_keep_alive=600,
    )


class Server:
    """A server process and one connection to it."""

    def __init__(self, factory: Callable[..., Application], *arguments: object) -> None:
        with socket.socket() as probe_socket:
            probe_socket.bind(("127.0.0.1", 0))
            port = probe_socket.getsockname()[1]
        spawn = multiprocessing.get_context("spawn")
        self._process = spawn.Process(target=_serve, args=(factory, arguments, port), daemon=True)
        self._process.start()
        self._connection = self._connect(port)
        time.sleep(2)
        self._length = len(self._request(1))

    def _connect(self, port: int) -> socket.socket:
        for _ in range(300):
            try:
                return socket.create_connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise TimeoutError("The server does not start.")

    def _request(self, count: int) -> bytes:
        self._connection.sendall(_REQUEST * count)
        received = self._connection.recv(65536)
        if count > 1:
            while len(received) < count * self._length:
                more = self._connection.recv(65536)
                if not more:
                    raise ConnectionError("The server closed the connection.")
                received += more
        return received

    def _cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rate(self) -> float:
        """Requests per second of processor time."""
        before = self._cpu_seconds()
        for _ in range(_BATCHES):
            self._request(_PIPELINED)
        return _BATCHES * _PIPELINED / (self._cpu_seconds() - before)

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join(5)


def _scope() -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": _PATH,
        "raw_path": _PATH.encode(),
        "query_string": b"",
        "headers": [(b"accept", b"*/*"), (b"accept-encoding", b"gzip")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _response(application: Application) -> tuple[Message, Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await application(_scope(), _receive, send)
    return sent[0], sent[1]


def _fill(database: Database) -> None:
    with database.writing(SHELL) as ctx:
        for number in range(_SERVICES):
            make_service(ctx, f"service-{number}", group=f"Group {number % 5}")
        for number in range(_INCIDENTS):
            statuses = {f"service-{number}": ServiceStatus.PARTIAL_OUTAGE}
            make_incident(ctx, update(services=statuses))
        for number in range(_WINDOWS):
            make_maintenance(ctx, f"service-{number}", starts_in=timedelta(days=number + 1))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fyr.db'}"
        upgrade(url)
        cached = _cached(url, folder)
        _fill(cached.app.state.fyr.database)  # type: ignore[attr-defined]
        start, body = asyncio.run(_response(cached))
        servers = [Server(_cached, url, folder), Server(Bare, start, body)]
        try:
            pairs = [tuple(server.rate() for server in servers) for _ in range(_ROUNDS)]
        finally:
            for server in servers:
                server.close()
    cached_rate, bare_rate = (statistics.median(each) for each in zip(*pairs, strict=True))
    size = len(body["body"])
    print(f"summary.json, {size} bytes compressed, {_SERVICES} services, {_INCIDENTS} incidents")
    print(f"  page cache     {cached_rate:10,.0f} requests per second of processor time")
    print(f"  bare function  {bare_rate:10,.0f}")
    ratio = statistics.median(cached / bare for cached, bare in pairs)
    print(f"  ratio          {ratio:10.2f}")


if __name__ == "__main__":
    main()
