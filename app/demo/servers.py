"""TLS servers on loopback whose chains can be replaced while they run."""

import asyncio
import logging
import ssl
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType

from app.demo.hierarchy import Served
from app.net.guard import Resolver, system_resolver

__all__ = ["LOOPBACK", "DemoServers", "loopback_resolver"]

LOOPBACK = "127.0.0.1"
_TIMEOUT_SECONDS = 5.0
_DRAIN_SECONDS = 3.0
_TURN_SECONDS = 0.01
_log = logging.getLogger(__name__)


class DemoServers:
    """One TLS server per host name, each on its own port, all in one thread.

    A context manager: the servers listen inside the `with` block. `switch` may be called from any
    thread; later connections get the new chain.
    """

    def __init__(
        self, served: Mapping[str, Served], *, ports: Mapping[str, int] | None = None
    ) -> None:
        self._served = dict(served)
        self._wanted = dict(ports or {})
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="demo-servers", daemon=True)
        self._listening: list[asyncio.Server] = []
        self._ports: dict[str, int] = {}

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of each host name."""
        return MappingProxyType(self._ports)

    def switch(self, host: str, served: Served) -> None:
        """Serve another chain for `host` from now on, like an operator who renews a certificate."""
        self._contexts[host] = _context(served)
        _log.info("demo.switched host=%s", host)

    def __enter__(self) -> "DemoServers":
        for host, served in self._served.items():
            self._contexts[host] = _context(served)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_TIMEOUT_SECONDS)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self) -> None:
        for host in self._served:
            answer = partial(self._answer, host)
            server = await asyncio.start_server(answer, LOOPBACK, self._wanted.get(host, 0))
            self._listening.append(server)
            self._ports[host] = server.sockets[0].getsockname()[1]

    async def _answer(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Complete a TLS handshake with the current chain, answer one request, close."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await writer.start_tls(self._contexts[host])
                await _greet(reader, writer)
        # Probes close the connection after the handshake. Python 3.11 would log that the end of the
        # demo cancels this task.
        except (TimeoutError, OSError, ValueError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _stop(self) -> None:
        future = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        future.result(_TIMEOUT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_TIMEOUT_SECONDS)

    async def _close(self) -> None:
        for server in self._listening:
            server.close()
        deadline = self._loop.time() + _DRAIN_SECONDS
        while True:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            # Aborted transports are closed in the next iterations of the loop.
            await asyncio.sleep(_TURN_SECONDS)
            # Connections in their handshake have no task yet. `Server.wait_closed` waits for them
            # from Python 3.12 on; before that only the count of attached transports shows them.
            if not any(getattr(server, "_active_count", 0) for server in self._listening):
                return
            if self._loop.time() > deadline:
                return


def loopback_resolver(hosts: Collection[str]) -> Resolver:
    """Return a resolver that resolves these hosts to loopback and all others with the system."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [LOOPBACK] if host in hosts else await system_resolver(host, port)

    return resolve


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a browser's request with a line of text."""
    await reader.readline()
    body = b"This is a server of Fyr's demo.\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % len(body) + body)
    await writer.drain()


def _context(served: Served) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # ssl.SSLContext loads chains from files only.
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "served.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(served.key + served.chain)
        context.load_cert_chain(pem)
    return context
