"""Outbound connections: resolves a name, refuses private addresses, connects to checked ones.

A name is resolved only once, so that DNS rebinding, a change of the address between check and
connection, has no effect. All outbound connections of the application are opened here.
"""

import asyncio
import errno
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import ip_address

from app.host_names import ascii_host, ip_literal
from app.net.addresses import Address, Network, is_reachable
from app.net.errors import AddressRefusedError, ConnectionFailedError, NameResolutionError

__all__ = ["Connection", "Guard", "Resolver", "system_resolver"]

# A name with more addresses is misconfigured, or meant to keep the application busy.
_MAX_ADDRESSES = 8
_RESOLVING_THREADS = 64
# The local machine has no route, as to any IPv6 address from a machine without IPv6.
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection and the address it leads to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str

    def abort(self) -> None:
        """Close the connection immediately, without a TCP or TLS close handshake."""
        self.writer.transport.abort()


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses from the resolver of the operating system, in its order of preference."""
    lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_resolving(), lookup)
    return [str(entry[4][0]) for entry in found]


@cache
def _resolving() -> ThreadPoolExecutor:
    """Threads for name resolution only: a slow resolver must not block other work, and a few names
    that time out must not block the others.
    """
    return ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolver")


@dataclass(frozen=True, slots=True)
class Guard:
    """Opens connections to public addresses and to `allowed_networks`, to nothing else."""

    allowed_networks: tuple[Network, ...] = ()
    resolver: Resolver = system_resolver

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of `host` that may be reached, in order, at most eight.

        Raises NameResolutionError, or AddressRefusedError when none of them may be reached.
        """
        return (await self.every_address(host, port))[:_MAX_ADDRESSES]

    async def every_address(self, host: str, port: int) -> tuple[Address, ...]:
        """All addresses of `host` that may be reached, in order, without a limit.

        Raises NameResolutionError, or AddressRefusedError when none of them may be reached.
        """
        found = tuple(dict.fromkeys(await self._resolve(host, port)))
        reachable = tuple(a for a in found if is_reachable(a, self.allowed_networks))
        if not reachable:
            raise AddressRefusedError(
                "private_address", ", ".join(map(str, found[:_MAX_ADDRESSES]))
            )
        return reachable

    async def connect(self, host: str, port: int, *, timeout: float) -> Connection:  # noqa: ASYNC109
        """A connection to the first address of `host` that accepts one.

        The addresses share `timeout` seconds. Raises subclasses of OutboundError only.
        """
        deadline = time.monotonic() + timeout
        try:
            addresses = await asyncio.wait_for(self.addresses(host, port), timeout)
        except TimeoutError as error:
            raise NameResolutionError("timed_out", "dns") from error
        return await self.connect_to(addresses, port, timeout=max(0.0, deadline - time.monotonic()))

    async def connect_to(
        self,
        addresses: Sequence[Address],
        port: int,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> Connection:
        """A connection to the first of these addresses that accepts one.

        The addresses share `timeout` seconds. Raises AddressRefusedError, ConnectionFailedError.
        """
        for address in addresses:
            if not is_reachable(address, self.allowed_networks):
                raise AddressRefusedError("private_address", str(address))
        deadline = time.monotonic() + timeout
        failure = ConnectionFailedError("unreachable", "no address")
        for position, address in enumerate(addresses):
            left = max(0.0, deadline - time.monotonic()) / (len(addresses) - position)
            try:
                async with asyncio.timeout(left):
                    reader, writer = await asyncio.open_connection(str(address), port)
            except TimeoutError:
                failure = ConnectionFailedError("timed_out", str(address))
            except ConnectionRefusedError:
                failure = ConnectionFailedError("connection_refused", str(address))
            except OSError as error:
                code = "no_route" if error.errno in _NO_ROUTE else "unreachable"
                failure = ConnectionFailedError(code, f"{address}: {error.strerror}")
            else:
                return Connection(reader, writer, str(address))
        raise failure

    async def _resolve(self, host: str, port: int) -> Sequence[Address]:
        try:
            found = await self.resolver(_resolvable(host), port)
            return [ip_address(text.partition("%")[0]) for text in found]
        except socket.gaierror as error:
            unknown = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
            code = "no_such_host" if unknown else "dns_failed"
            raise NameResolutionError(code, error.strerror or "") from error
        # Python refuses names with empty or too long labels, or with NUL, before it resolves them.
        except (OSError, ValueError) as error:
            raise NameResolutionError("no_such_host", str(error)) from error


def _resolvable(host: str) -> str:
    """Return the spelling of `host` that the resolver understands. Raises ValueError."""
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    # The mapping of non-ASCII names in the standard library is IDNA 2003, which differs for some,
    # and resolvers read 127.1 as an address.
    address = ip_literal(bare)
    name = str(address) if address is not None else ascii_host(bare)
    if name is None:
        raise ValueError("not a host name")
    return bare if bare.isascii() else name
