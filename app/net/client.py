"""HTTP to the outside, through the guard: for imports and webhooks.

Each request, and so each redirect, is resolved and checked anew and goes to the address that was
checked; Host header, SNI and the server's certificate remain those of the name.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address

import httpx

from app.net.addresses import Address
from app.net.errors import ConnectionFailedError, TooLargeError
from app.net.guard import Guard

__all__ = ["GuardedTransport", "fetch", "open_client"]

_MOST_REDIRECTS = 5
_USER_AGENT = "fyr"


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests only where `guard` lets them. Raises OutboundError besides httpx's errors."""

    def __init__(self, guard: Guard, inner: httpx.AsyncBaseTransport) -> None:
        self._guard = guard
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._guard.addresses(host, port)
        failure: httpx.HTTPError | None = None
        for address in addresses:
            try:
                return await self._inner.handle_async_request(_aimed(request, address, host))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or ConnectionFailedError("unreachable", host)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _aimed(request: httpx.Request, address: Address, host: str) -> httpx.Request:
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return httpx.Request(
        request.method,
        request.url.copy_with(host=literal),
        # Among them the Host header, which httpx has already set from the name.
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


@asynccontextmanager
async def open_client(
    guard: Guard,
    *,
    timeout: float = 10.0,  # noqa: ASYNC109
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that goes through `guard`, follows a few redirects, and ignores proxies and
    certificates that the environment names. `timeout` is for each step of a request.
    """
    # No connection is kept: the pool knows addresses only, and one address may serve two names.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    inner = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
    async with httpx.AsyncClient(
        transport=GuardedTransport(guard, inner),
        timeout=timeout,
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        trust_env=False,
        headers={"user-agent": _USER_AGENT},
    ) as client:
        yield client


async def fetch(
    url: str,
    *,
    guard: Guard,
    max_bytes: int = 10_000_000,
    timeout: float = 30.0,  # noqa: ASYNC109
) -> bytes:
    """The body behind `url`, from 2xx answers only, within `timeout` seconds for the whole.

    Raises OutboundError (TooLargeError past `max_bytes`), httpx.HTTPError or httpx.InvalidURL.
    """
    try:
        async with (
            asyncio.timeout(timeout),
            open_client(guard, timeout=timeout) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            return await _body(response, max_bytes)
    except TimeoutError as error:
        raise ConnectionFailedError("timed_out", f"after {timeout:g} s") from error


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > max_bytes:
            raise TooLargeError("too_large", f"more than {max_bytes} bytes")
    return bytes(body)
