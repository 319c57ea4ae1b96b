"""Connections to the relay for the event loop: each has a thread, in which its session blocks."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

import certifi

from app.net.errors import OutboundError
from app.net.guard import Guard, Resolver, system_resolver
from app.net.mail.dkim import DkimSigner, signed
from app.net.mail.folder import write_mail
from app.net.mail.pipeline import SessionPipeline
from app.net.mail.relay import MailFolder, Relay
from app.net.mail.session import SmtpSession, Timeouts
from app.ports.channel import FailureScope, Mail, MailConnection, MailPipeline, SendError

__all__ = ["MailTransport"]

T = TypeVar("T")

# The relay is chosen by the operator, and is often in a private network.
_EVERY_NETWORK = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MailTransport:
    """How mail leaves: to a relay, into a folder, or, where mail is not set up, not at all.

    `name` introduces this machine to the relay.
    """

    target: Relay | MailFolder | None
    name: str = "localhost"
    messages_per_connection: int = 100
    signer: DkimSigner | None = field(default=None, repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)
    resolver: Resolver = system_resolver

    @asynccontextmanager
    async def open(self) -> AsyncIterator[MailConnection]:
        """A connection, which leads to the relay from its first mail on."""
        if not isinstance(self.target, Relay):
            yield _Folder(self.target, self.signer)
            return
        connection = _RelayConnection(self, self.target)
        try:
            yield connection
        except BaseException:
            connection.abort()
            raise
        finally:
            await connection.aclose()


@dataclass(frozen=True, slots=True)
class _Folder:
    """A mail folder as a connection."""

    target: MailFolder | None
    signer: DkimSigner | None

    async def send(self, mail: Mail) -> str:
        if self.target is None:
            raise SendError("mail_not_set_up", "FYR_SMTP_URL is empty", scope=FailureScope.LANE)
        try:
            return await asyncio.to_thread(write_mail, self.target, signed(mail, self.signer))
        except OSError as error:
            detail = f"the mail folder cannot be written: {error.strerror}"
            raise SendError("folder_failed", detail, scope=FailureScope.LANE) from error


class _RelayConnection:
    """One connection to the relay and its thread."""

    def __init__(self, transport: MailTransport, relay: Relay) -> None:
        self._transport = transport
        self._relay = relay
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="smtp")
        self._session: SmtpSession | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def send(self, mail: Mail) -> str:
        if self._idle is not None:
            self._idle.cancel()
        try:
            return await self._send(mail)
        finally:
            self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end_idle)

    @property
    def is_ready(self) -> bool:
        session = self._session
        most = self._transport.messages_per_connection
        return session is not None and session.is_open and session.sent < most

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[MailPipeline]:
        session = self._session
        if session is None:
            raise SendError("disconnected", scope=FailureScope.LANE)
        if self._idle is not None:
            self._idle.cancel()
        transport = self._transport
        pipeline = SessionPipeline(session, transport.signer, transport.messages_per_connection)
        try:
            yield pipeline
            if not pipeline.is_settled:
                await self._run(pipeline.recover)
        finally:
            self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end_idle)

    async def aclose(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        session, self._session = self._session, None
        if session is not None and session.is_open:
            with suppress(asyncio.CancelledError):
                await self._run(session.leave)
        self._thread.shutdown(wait=False)

    def abort(self) -> None:
        """End the connection at once, also for a thread that waits for the relay."""
        if self._session is not None:
            self._session.abort()

    async def _send(self, mail: Mail) -> str:
        session = self._session
        signer = self._transport.signer
        if session is not None and session.is_open:
            if session.sent < self._transport.messages_per_connection:
                try:
                    return await self._run(lambda: session.deliver(signed(mail, signer)))
                except SendError as error:
                    # The relay has closed the connection meanwhile: nothing was accepted.
                    if session.is_open or error.scope is not FailureScope.LANE:
                        raise
            else:
                await self._run(session.leave)
        opened = await self._open()
        return await self._run(lambda: opened.deliver(signed(mail, signer)))

    async def _open(self) -> SmtpSession:
        relay, timeouts = self._relay, self._transport.timeouts
        guard = Guard(_EVERY_NETWORK, self._transport.resolver)
        try:
            async with asyncio.timeout(timeouts.connect):
                addresses = await guard.addresses(relay.host, relay.port)
        except (TimeoutError, OutboundError) as error:
            detail = f"{relay.host} does not resolve"
            raise SendError("dns_failed", detail, scope=FailureScope.LANE) from error
        try:
            context = await asyncio.to_thread(_tls_context, relay.ca_file)
        except OSError as error:
            detail = "the file of ?ca= cannot be read as certificates"
            raise SendError("tls_failed", detail, scope=FailureScope.LANE) from error
        session = SmtpSession(relay, addresses, context, timeouts, name=self._transport.name)
        self._session = session
        await self._run(session.open)
        return session

    def _end_idle(self) -> None:
        session, self._session = self._session, None
        if session is not None and session.is_open:
            self._thread.submit(session.leave)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


@cache
def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the roots of the system, those of certifi and the operator's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
