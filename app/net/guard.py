"""The one outbound door: resolves a name, refuses private addresses, connects to what it checked.

Name and address are never looked up twice, so a name that changes its address between check and
connection (DNS rebinding) gains nothing.
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

# A name with more is either broken or a way to keep us busy.
_MOST_TRIED = 8
_RESOLVING_THREADS = 64
# It is us who have no way there, as machines without IPv6 have none to any such address.
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection and the address it leads to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str

    def abort(self) -> None:
        """Drop the connection at once, without waiting for the other side."""
        self.writer.transport.abort()


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that the system's resolver gives, in its order of preference."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_resolving(), ask)
    return [str(entry[4][0]) for entry in found]


@cache
def _resolving() -> ThreadPoolExecutor:
    """Threads for nothing else: a resolver that keeps us waiting must hold up no other work, and a
    few dead names none that live.
    """
    return ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolver")


@dataclass(frozen=True, slots=True)
class Guard:
    """Opens connections to public addresses and to `allowed_networks`, to nothing else."""

    allowed_networks: tuple[Network, ...] = ()
    resolver: Resolver = system_resolver

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of `host` that may be reached, in order, at most eight.

        Raises as `every_address`.
        """
        return (await self.every_address(host, port))[:_MOST_TRIED]

    async def every_address(self, host: str, port: int) -> tuple[Address, ...]:
        """All addresses of `host` that may be reached, in order, however many.

        Raises NameResolutionError, or AddressRefusedError when none of them may be.
        """
        found = tuple(dict.fromkeys(await self._resolve(host, port)))
        reachable = tuple(a for a in found if is_reachable(a, self.allowed_networks))
        if not reachable:
            raise AddressRefusedError("private_address", ", ".join(map(str, found[:_MOST_TRIED])))
        return reachable

    async def connect(self, host: str, port: int, *, timeout: float) -> Connection:  # noqa: ASYNC109
        """A connection to the first address of `host` that takes one.

        Each gets its part of `timeout` seconds. Raises OutboundError's kinds, nothing else.
        """
        ends = time.monotonic() + timeout
        try:
            addresses = await asyncio.wait_for(self.addresses(host, port), timeout)
        except TimeoutError as error:
            raise NameResolutionError("timed_out", "dns") from error
        return await self.connect_to(addresses, port, timeout=max(0.0, ends - time.monotonic()))

    async def connect_to(
        self,
        addresses: Sequence[Address],
        port: int,
        *,
        timeout: float,  # noqa: ASYNC109
    ) -> Connection:
        """A connection to the first of these addresses that takes one; see `connect`."""
        for address in addresses:
            if not is_reachable(address, self.allowed_networks):
                raise AddressRefusedError("private_address", str(address))
        ends = time.monotonic() + timeout
        failure = ConnectionFailedError("unreachable", "no address")
        for position, address in enumerate(addresses):
            left = max(0.0, ends - time.monotonic()) / (len(addresses) - position)
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
        # Names with empty or over-long labels, NULs and the like never reach the resolver.
        except (OSError, ValueError) as error:
            raise NameResolutionError("no_such_host", str(error)) from error


def _resolvable(host: str) -> str:
    """Return the spelling of `host` that the resolver understands. Raises ValueError."""
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if bare.isascii():
        return bare
    # The system's own mapping of names beyond ASCII is IDNA 2003, which reads some otherwise.
    address = ip_literal(bare)
    name = str(address) if address is not None else ascii_host(bare)
    if name is None:
        raise ValueError("not a host name")
    return name
