"""Fake servers on loopback, one behaviour each."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate

from app.domain.certificates.findings import ProbeResult
from app.net.guard import Guard
from app.probes.scanner import Scanner
from tests.trust.authorities import HOST, key

# A client that holds its connection open is not waited for longer.
_PATIENCE_SECONDS = 5.0

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


GUARD = Guard((ip_network("127.0.0.0/8"),), here)


async def look(
    host: str,
    port: int,
    *,
    guard: Guard = GUARD,
    timeout: float = 10.0,  # noqa: ASYNC109
    starttls: str | None = None,
) -> ProbeResult:
    """The only look of a survey of a host with one address."""
    seen = await Scanner(guard, timeout).scan(host, port, starttls=starttls)
    (only,) = seen.results
    return only


@asynccontextmanager
async def serving(
    behaviour: Behaviour,
    context: ssl.SSLContext | None = None,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[int]:
    """A server that treats each connection to `behaviour`; gives its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            await behaviour(reader, writer)
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    server = await asyncio.start_server(treat, address, port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await _end_connections(server, tasks)


async def _end_connections(server: asyncio.Server, tasks: set[asyncio.Task[None]]) -> None:
    """Return when no connection of the server is open: one left open warns in some later test.

    A connection may still be in its handshake and have no task yet. `Server.wait_closed` waits for
    connections from Python 3.12 on; before that only the count of attached transports shows them.
    """
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while getattr(server, "_active_count", 0) and asyncio.get_running_loop().time() < deadline:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.001)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # The client's side of a dropped connection closes in the next iterations of the loop.
    for _ in range(5):
        await asyncio.sleep(0.003)


async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read and never speak."""
    while await reader.read(1000):
        pass


def sending(data: bytes) -> Behaviour:
    """Say `data` at once, then hold."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await hold(reader, writer)

    return say


def flight(*certificates: bytes) -> bytes:
    """A TLS 1.2 ServerHello and a Certificate message around these bytes (RFC 5246 7.4)."""
    hello = b"\x03\x03" + b"\x07" * 32 + b"\x00" + b"\xc0\x2f" + b"\x00"
    entries = b"".join(len(one).to_bytes(3, "big") + one for one in certificates)
    body = len(entries).to_bytes(3, "big") + entries
    messages = b"\x02" + len(hello).to_bytes(3, "big") + hello
    messages += b"\x0b" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(messages).to_bytes(2, "big") + messages


def tls_context(
    *ders: bytes, subject: str = HOST, into: ssl.SSLContext | None = None
) -> ssl.SSLContext:
    """A server's context that serves these certificates, also or alone; `subject` names the
    leaf's key.
    """
    context = into or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret = key(subject).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = [load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "served.pem"
        file.write_bytes(b"".join([secret, *chain]))
        context.load_cert_chain(file)
    return context
