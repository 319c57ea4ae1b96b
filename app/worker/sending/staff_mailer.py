"""Job of the worker that sends mails to staff: one at a time, each held by a lease meanwhile.

A worker that is killed in between leaves its mail to the next one when the lease has ended; the
Message-ID stays.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address

from app.domain.ownership import ActorKind
from app.domain.security_events import SecurityEventKind
from app.host_names import ascii_host
from app.net.mail.mime import MailParts, MailTemplate, header_lines
from app.ports.channel import InlinePicture, Mail, Outbound, SendError
from app.rendering.console.staff_mail import RenderedMail, event_mail, link_mail
from app.usecases import due_times
from app.usecases.context import Actor, new_id
from app.usecases.database import Database
from app.usecases.page.logo import with_mail_logo
from app.usecases.public.pages import facts
from app.usecases.users import staff_mail_outbox
from app.usecases.users.staff_mail import RESET_LINK
from app.usecases.users.staff_mail_outbox import StaffMail
from app.worker.wakeups import Idle

__all__ = ["StaffMailer"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.WORKER, "worker")
_IDLE_SECONDS = 2.0
_RENEW_SECONDS = 20.0


@dataclass(slots=True)
class StaffMailer:
    """Sends mails to staff through the relay. `mail_from` is FYR_MAIL_FROM."""

    database: Database
    outbound: Outbound
    mail_from: str
    base_url: str
    worker: str = field(default_factory=new_id)

    async def run_due(self) -> float | Idle:
        """Send the next mail; return the seconds until the next call, or that it is idle."""
        mail = await asyncio.to_thread(self._take)
        if not isinstance(mail, StaffMail):
            return mail
        try:
            content = await asyncio.to_thread(self._content, mail)
            async with self.outbound.mail() as connection, self._holding(mail):
                await connection.send(content)
        except SendError as error:
            _log.warning("staff_mail.failed id=%s kind=%s code=%s", mail.id, mail.kind, error.code)
            await asyncio.to_thread(self._record, mail, error)
        except Exception:  # noqa: BLE001  # one mail must not stop the others
            _log.exception("staff_mail.broke id=%s kind=%s", mail.id, mail.kind)
            broken = SendError("unexpected_error", is_permanent=True)
            await asyncio.to_thread(self._record, mail, broken)
        else:
            _log.info("staff_mail.sent id=%s kind=%s", mail.id, mail.kind)
            await asyncio.to_thread(self._record, mail, None)
        return 0.0

    def _take(self) -> StaffMail | float | Idle:
        """The next mail, or the pause when there is none."""
        with self.database.reading(_ACTOR) as ctx:
            if not staff_mail_outbox.has_due(ctx):
                return Idle(_IDLE_SECONDS, due_times.next_staff_mail(ctx))
        with self.database.writing(_ACTOR) as ctx:
            return staff_mail_outbox.take_next(ctx, self.worker) or _IDLE_SECONDS

    def _record(self, mail: StaffMail, error: SendError | None) -> None:
        with self.database.writing(_ACTOR) as ctx:
            if error is None:
                staff_mail_outbox.record_sent(ctx, mail.number, self.worker)
            else:
                staff_mail_outbox.record_failure(ctx, mail.number, self.worker, error)

    @asynccontextmanager
    async def _holding(self, mail: StaffMail) -> AsyncIterator[None]:
        """Renew the lease of a mail until the end: a relay may take ten minutes to answer."""
        task = asyncio.create_task(self._renew(mail))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renew(self, mail: StaffMail) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            await asyncio.to_thread(self._renew_lease, mail)

    def _renew_lease(self, mail: StaffMail) -> None:
        with self.database.writing(_ACTOR) as ctx:
            staff_mail_outbox.renew_lease(ctx, mail.number, self.worker)

    def _content(self, mail: StaffMail) -> Mail:
        """The mail as bytes. Raises SendError when its address cannot be sent to."""
        user, _, domain = mail.address.rpartition("@")
        host = ascii_host(domain) if domain else None
        if host is None or not user:
            raise SendError("bad_address", "not a mail address", is_permanent=True)
        rendered, pictures = self._render(mail)
        sender, _, sender_domain = self.mail_from.rpartition("@")
        try:
            headers = header_lines(
                {
                    "To": Address(username=user, domain=host),
                    "From": Address(rendered.page_name, sender, sender_domain),
                    "Subject": rendered.subject,
                    "Date": mail.made_at,
                    "Message-ID": f"<{mail.id}@{sender_domain}>",
                    "Auto-Submitted": "auto-generated",
                    "X-Auto-Response-Suppress": "All",
                    "Content-Language": rendered.language,
                },
                utf8=not user.isascii(),
            )
        except ValueError as error:
            raise SendError("bad_address", "not a mail address", is_permanent=True) from error
        template = MailTemplate(
            MailParts(rendered.text, rendered.html, rendered.language, pictures=pictures)
        )
        content = headers + template.headers + b"\r\n" + template.body({})
        return Mail(
            mail.id, self.mail_from, f"{user}@{host}", content, needs_utf8=not user.isascii()
        )

    def _render(self, mail: StaffMail) -> tuple[RenderedMail, tuple[InlinePicture, ...]]:
        with self.database.reading(_ACTOR) as ctx:
            page, pictures = with_mail_logo(ctx, facts(ctx, self.base_url))
        email, language = mail.address, mail.language
        if mail.kind == RESET_LINK:
            link = link_mail(page, mail.secret or "", email=email, language=language)
            return link, pictures
        kind = SecurityEventKind(mail.kind)
        event = event_mail(page, kind, mail.made_at, mail.data, email=email, language=language)
        return event, pictures
