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
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What both sides dropped is closed in the loop's next turns, and each takes a few.
        for _ in range(5):
            await asyncio.sleep(0.003)


async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read and never speak."""
    while await reader.read(1000):
        pass


def saying(data: bytes) -> Behaviour:
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
