"""Outbound HTTP client: every request passes the guard, with limits on time and size.

Each request, and so each redirect, is resolved and checked anew and goes to the address that was
checked; Host header, SNI and certificate verification keep the name. Responses are counted in the
bytes that arrive, and a response with a content coding is refused: 632 bytes of brotli unpack to
more than 800 MB.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Address
from urllib.parse import urlsplit, urlunsplit

import httpx

from app.host_names import ascii_host
from app.net.addresses import Address
from app.net.errors import (
    AddressRefusedError,
    ConnectionFailedError,
    OutboundError,
    RequestFailedError,
    TooLargeError,
)
from app.net.guard import Guard

__all__ = [
    "BoundedResponse",
    "BoundedTransport",
    "GuardedTransport",
    "Limits",
    "fetch",
    "open_client",
    "open_posting_client",
    "request",
]

_MOST_REDIRECTS = 5
_USER_AGENT = "fyr"


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests only to addresses that `guard` allows.

    With `ports`, it sends them to these ports only. Raises OutboundError's kinds besides httpx's
    own errors.
    """

    def __init__(
        self,
        guard: Guard,
        inner: httpx.AsyncBaseTransport,
        ports: Collection[int] | None = None,
    ) -> None:
        self._guard = guard
        self._inner = inner
        self._ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        if self._ports is not None and port not in self._ports:
            raise AddressRefusedError("refused_port", f"port {port}")
        addresses = await self._guard.addresses(host, port)
        failure: httpx.HTTPError | None = None
        for address in addresses:
            try:
                return await self._inner.handle_async_request(_addressed(request, address, host))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or ConnectionFailedError("unreachable", host)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _addressed(request: httpx.Request, address: Address, host: str) -> httpx.Request:
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return httpx.Request(
        request.method,
        request.url.copy_with(host=literal),
        # Among them the Host header, which httpx has already set from the name.
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


class BoundedTransport(httpx.AsyncBaseTransport):
    """Refuses response bodies that have a content coding or that exceed `max_bytes`.

    The limit applies to the bodies of all responses together, those of redirects included: httpx
    reads the body of a redirect too. Raises RequestFailedError (`coded`) and TooLargeError.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, max_bytes: int) -> None:
        self._inner = inner
        self._max_bytes = max_bytes
        self._received = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        try:
            self._check(response)
        except OutboundError:
            await response.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # as it is async
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_CountedStream(response.stream, self._count),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _check(self, response: httpx.Response) -> None:
        # RFC 9110, 8.4: the codings are a list, over all lines of the header.
        codings = response.headers.get("content-encoding", "").lower().split(",")
        coded = [each.strip() for each in codings if each.strip() not in {"", "identity"}]
        if coded:
            raise RequestFailedError("coded", f"the content coding is {coded[0][:40]}")
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:19]) > self._max_bytes - self._received:
            raise self._too_large()

    def _count(self, size: int) -> None:
        self._received += size
        if self._received > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLargeError:
        return TooLargeError("too_large", f"more than {self._max_bytes} bytes")


class _CountedStream(httpx.AsyncByteStream):
    """A response body whose parts are passed to `count` as they arrive."""

    def __init__(self, inner: httpx.AsyncByteStream, count: Callable[[int], None]) -> None:
        self._inner = inner
        self._count = count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._count(len(part))
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def open_client(
    guard: Guard,
    *,
    max_bytes: int,
    timeout: float = 10.0,  # noqa: ASYNC109
    ports: Collection[int] | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client behind `guard` that follows at most five redirects and ignores the proxies
    and certificates that environment variables name. `timeout` applies to each step of a request,
    `max_bytes` to the bodies of all its responses together, `ports` to the request and to each
    redirect.
    """
    # No keep-alive: the pool is keyed by address, and one address may serve two host names.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    inner = httpx.AsyncHTTPTransport(verify=_tls_context(), limits=limits, trust_env=False)
    async with httpx.AsyncClient(
        transport=BoundedTransport(GuardedTransport(guard, inner, ports), max_bytes),
        timeout=timeout,
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        trust_env=False,
        headers={"user-agent": _USER_AGENT},
    ) as client:
        yield client


@asynccontextmanager
async def open_posting_client(
    guard: Guard,
    *,
    timeout: float,  # noqa: ASYNC109
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client behind `guard` that follows no redirect. Its caller bounds what it reads."""
    inner = httpx.AsyncHTTPTransport(verify=_tls_context(), trust_env=False)
    async with httpx.AsyncClient(
        transport=GuardedTransport(guard, inner),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": _USER_AGENT, "accept-encoding": "identity"},
    ) as client:
        yield client


@cache
def _tls_context() -> ssl.SSLContext:
    """The TLS settings of all clients, with the roots of certifi.

    Reading the roots takes 30 ms, in which the event loop does nothing else: once a process, not
    once a request.
    """
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: body bytes, seconds for the whole exchange, redirects, and ports.

    Bytes and seconds are for the request and its redirects together. Each redirect, like the
    request, has to lead to one of `ports`; None means any port.
    """

    max_bytes: int = 10_000_000
    timeout_seconds: float = 30.0
    follow_redirects: bool = True
    ports: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class BoundedResponse:
    """A response whose whole body has been read within the limits of its request.

    The names of `headers` are in lower case.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


async def request(
    method: str,
    url: str,
    *,
    guard: Guard,
    limits: Limits,
    headers: Mapping[str, str] | None = None,
    content: str | None = None,
) -> BoundedResponse:
    """The response, whatever its status, within the limits.

    Raises OutboundError's kinds, nothing else.
    """
    try:
        target = httpx.URL(_with_ascii_host(url))
        async with (
            asyncio.timeout(limits.timeout_seconds),
            open_client(
                guard,
                max_bytes=limits.max_bytes,
                timeout=limits.timeout_seconds,
                ports=limits.ports,
            ) as client,
            client.stream(
                method,
                target,
                follow_redirects=limits.follow_redirects,
                headers={**_host_header(target), **(headers or {})},
                content=content,
            ) as response,
        ):
            body = await response.aread()
            return BoundedResponse(response.status_code, body, dict(response.headers))
    except TimeoutError as error:
        raise ConnectionFailedError("timed_out", f"after {limits.timeout_seconds:g} s") from error
    # UnicodeError: httpx decodes A-labels by IDNA 2008 when it follows a redirect to one.
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise RequestFailedError("not_fetched", reason) from error


async def fetch(url: str, *, guard: Guard, limits: Limits | None = None) -> bytes:
    """The body of a GET that is answered with 2xx, within the limits.

    Raises OutboundError's kinds, nothing else; RequestFailedError for any other status.
    """
    response = await request("GET", url, guard=guard, limits=limits or Limits())
    if not httpx.codes.is_success(response.status):
        raise RequestFailedError("no_success", f"the status is {response.status}")
    return response.body


def _host_header(url: httpx.URL) -> Mapping[str, str]:
    """Return the Host header of a URL with A-labels, which httpx would decode by IDNA 2008 first
    and refuse for an emoji; nothing for other URLs.
    """
    return {"host": url.netloc.decode("ascii")} if b"xn--" in url.raw_host else {}


def _with_ascii_host(url: str) -> str:
    """Return the URL with its host in A-labels; unchanged where it has none.

    httpx maps hosts by IDNA 2008, which has no emoji.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return url
    name = ascii_host(host)
    if host.isascii() or name is None:
        return url
    # `hostname` is in lower case; the rest of the authority has no other letters beyond ASCII.
    before, at, address = parts.netloc.rpartition("@")
    _, colon, port = address.partition(":")
    return urlunsplit(parts._replace(netloc=f"{before}{at}{name}{colon}{port}"))
