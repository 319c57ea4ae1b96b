"""The ways out of the channels: every request passes the guard, with limits on time and size."""

import asyncio
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from urllib.parse import urlsplit

import httpx

from app.domain.content_codings import is_packed, unpack
from app.net.client import open_posting_client
from app.net.errors import AddressRefusedError, OutboundError
from app.net.guard import Guard
from app.net.http_channel import host_of
from app.ports.channel import FailureScope, HttpReply, Mail, MailConnection, SendError

__all__ = ["GuardedOutbound"]

_LONGEST_REPLY = 65_536
# The status is the outcome; only some receiving systems say more in the body.
_BODY_SECONDS = 5.0
_PER_HOST = 4
_IN_ALL = 64
# Failures of the host, for every recipient; anything else concerns one message.
_OF_LANE = frozenset(
    {"connection_refused", "unreachable", "no_route", "no_such_host", "dns_failed", "tls_failed"}
)

OpenMail = Callable[[], AbstractAsyncContextManager[MailConnection]]


class GuardedOutbound:
    """Sends requests through `guard`: at most four at once to a host, and 64 in all.

    `open_mail` opens a connection to the relay; None where mail is not set up. Requests are made
    by https, and by http only to addresses in the allowed networks of the guard.
    """

    def __init__(self, guard: Guard, open_mail: OpenMail | None = None) -> None:
        self._guard = guard
        self._open_mail = open_mail
        self._in_all = asyncio.Semaphore(_IN_ALL)
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    def mail(self) -> AbstractAsyncContextManager[MailConnection]:
        """A connection to the relay; its use raises SendError where mail is not set up."""
        return nullcontext(_NoMail()) if self._open_mail is None else self._open_mail()

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        """The reply to a POST, with at most the first 64 kB of its body; redirects are replies.

        A reply whose body ends early, or is slow, has what came of it: its message was received,
        and another attempt would repeat it. Raises SendError when there is no reply.
        """
        host = host_of(url)
        if not host:
            raise SendError("not_a_url", is_permanent=True)
        async with self._turn(host):
            try:
                async with asyncio.timeout(timeout_seconds) as limit:
                    return await self._post(url, content, headers, timeout_seconds, limit)
            except TimeoutError:
                raise SendError("timed_out", f"after {timeout_seconds:g} s") from None
            except OutboundError as error:
                raise _failure(error.code, error.detail) from None
            except httpx.ConnectError as error:
                raise _failure("tls_failed", _reason(error)) from None
            # UnicodeError: httpx reads A-labels by IDNA 2008.
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise _failure("no_reply", _reason(error)) from None

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host` that the guard allows. Raises SendError when there are none."""
        try:
            return [str(each) for each in await self._guard.addresses(host, port)]
        except OutboundError as error:
            raise _failure(error.code, error.detail) from None

    async def _post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float,
        limit: asyncio.Timeout,
    ) -> HttpReply:
        await self._check_scheme(url)
        async with (
            open_posting_client(self._guard, timeout=timeout_seconds) as client,
            client.stream("POST", url, content=content, headers=dict(headers)) as response,
        ):
            # The rest has its own limit, with a second for closing.
            limit.reschedule(asyncio.get_running_loop().time() + _BODY_SECONDS + 1.0)
            body = await _body(response)
            if is_packed(response.headers.get("content-encoding", "")):
                body = _unpacked(body)
            return HttpReply(response.status_code, dict(response.headers), body)

    async def _check_scheme(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "https":
            return
        addresses = await self._guard.addresses(parts.hostname or "", parts.port or 80)
        if not all(any(a in n for n in self._guard.allowed_networks) for a in addresses):
            raise AddressRefusedError("not_https", "http is for FYR_ALLOWED_NETWORKS only")

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """Wait until fewer than four requests to `host`, and fewer than 64 in all, are made."""
        turns = self._hosts.setdefault(host, asyncio.Semaphore(_PER_HOST))
        self._users[host] += 1
        try:
            # The host first: requests that wait for a slow host take none of the 64 places.
            async with turns, self._in_all:
                yield
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host], self._hosts[host]


class _NoMail:
    """The connection to the relay where there is none."""

    async def send(self, mail: Mail) -> str:  # noqa: ARG002  # of the protocol
        """Raise SendError."""
        raise SendError("mail_not_set_up", scope=FailureScope.LANE)


async def _body(response: httpx.Response) -> bytes:
    """The beginning of the body, as it was sent."""
    body = bytearray()
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in response.aiter_raw():
                body += part[: _LONGEST_REPLY - len(body)]
                if len(body) >= _LONGEST_REPLY:
                    break
    return bytes(body)


def _unpacked(body: bytes) -> bytes:
    """The beginning of a body that was coded though no coding was accepted; else as it is."""
    try:
        return unpack(body, _LONGEST_REPLY)
    except zlib.error:
        return body


def _failure(code: str, detail: str) -> SendError:
    scope = FailureScope.LANE if code in _OF_LANE else FailureScope.RECIPIENT
    return SendError(code, detail[:200], scope=scope)


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
