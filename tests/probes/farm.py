"""A farm of servers on loopback, each broken in one way that a probe is to name."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from cryptography import x509
from OpenSSL import SSL

from app.domain.certificates.probe_results import EndpointScan
from app.net.guard import Guard
from app.probes.aia_and_crl import IssuerFetcher
from app.probes.scanner import Scanner
from tests.probes.servers import Behaviour, hold, serving
from tests.trust.authorities import HOST, key

__all__ = ["Endpoint", "Serving", "scan_all", "tls"]

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
_PATIENCE, _SHORT_PATIENCE = 30.0, 0.3


@dataclass(frozen=True, slots=True)
class Serving:
    """What a TLS server has: its chain, whose key it holds, and what else it does. `twin` is a
    second leaf with the name of its key, `nameless` what is served to those who name no host.
    """

    chain: tuple[bytes, ...]
    key_owner: str = HOST
    staple: bytes = b""
    newest: int = SSL.TLS1_3_VERSION
    twin: tuple[bytes, str] | None = None
    nameless: "Serving | None" = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint to scan: the behaviour of each address, and the host name of the request."""

    answers: Mapping[str, Behaviour] = field(default_factory=dict)
    host: str = HOST
    starttls: str | None = None
    addresses: tuple[str, ...] = ()
    hasty: bool = False


def tls(serving_: Serving) -> Behaviour:
    """A TLS server as OpenSSL makes it, of the age and with the faults that are wanted."""
    context = _context(serving_)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = SSL.Connection(context, None)
        connection.set_accept_state()
        while not _advance(connection, writer):
            await writer.drain()
            received = await reader.read(65_536)
            if not received:
                return
            connection.bio_write(received)
        await hold(reader, writer)

    return answer


async def scan_all(endpoints: Mapping[str, Endpoint]) -> dict[str, EndpointScan]:
    """Serve all endpoints, and return the scan of each, with its details."""
    async with AsyncExitStack() as farm:
        ports = {name: await _open(farm, endpoint) for name, endpoint in endpoints.items()}
        asked = (_survey(endpoint, ports[name]) for name, endpoint in endpoints.items())
        return dict(zip(endpoints, await asyncio.gather(*asked), strict=True))


async def _open(farm: AsyncExitStack, endpoint: Endpoint) -> int:
    port = 0
    for address, behaviour in endpoint.answers.items():
        port = await farm.enter_async_context(serving(behaviour, address=address, port=port))
    return port or 1


async def _survey(endpoint: Endpoint, port: int) -> EndpointScan:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return endpoint.addresses or tuple(endpoint.answers)

    guard = Guard(LOOPBACK, resolve)
    patience = _SHORT_PATIENCE if endpoint.hasty else _PATIENCE
    # Any port is a usual one here.
    fetcher = IssuerFetcher(guard, ports=frozenset(range(65_536)))
    scanner = Scanner(guard, patience, fetcher=fetcher)
    seen = await scanner.scan(endpoint.host, port, starttls=endpoint.starttls)
    return await scanner.add_details(seen, starttls=endpoint.starttls)


def _advance(connection: SSL.Connection, writer: asyncio.StreamWriter) -> bool:
    try:
        connection.do_handshake()
        done = True
    except SSL.WantReadError:
        done = False
    while True:
        try:
            writer.write(connection.bio_read(65_536))
        except SSL.WantReadError:
            return done


def _context(serving_: Serving) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(serving_.newest)
    context.set_ocsp_server_callback(lambda _connection, _data: serving_.staple)
    leaf, *others = serving_.chain
    for der, subject in [(leaf, serving_.key_owner), *([serving_.twin] if serving_.twin else [])]:
        context.use_certificate(_loaded(der))
        context.use_privatekey(key(subject))
    for der in others:
        context.add_extra_chain_cert(_loaded(der))
    if serving_.nameless is not None:
        other = _context(replace(serving_.nameless, nameless=None))

        def switch(connection: SSL.Connection) -> None:
            if connection.get_servername() is None:
                connection.set_context(other)

        context.set_tlsext_servername_callback(switch)
    return context


def _loaded(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
