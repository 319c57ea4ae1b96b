"""Channel e-mail: a mail for each delivery, to the relay of FYR_SMTP_URL.

Headers: RFC 5322, RFC 2919 (List-Id), RFC 2369 and RFC 8058 (one-click unsubscribing), RFC 3834
(Auto-Submitted). docs/channels/email.md lists them.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.domain.notifications.bounce_addresses import bounce_address, bounce_mac
from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.retries import EMAIL_RETRIES
from app.domain.texts.phrases import N_
from app.host_names import ascii_host
from app.net.mail.mime import (
    ADDRESS,
    FOLLOWED,
    LINK,
    UNSUBSCRIBE,
    MailParts,
    MailTemplate,
    header_lines,
)
from app.ports.channel import (
    Field,
    FieldProblem,
    Mail,
    MailConnection,
    MailPipeline,
    Message,
    Outbound,
    PipelinedMail,
    Receipt,
    Recipient,
    Sender,
    SendError,
)

__all__ = ["CHANNEL", "EmailSender", "PipelinedEmailSender"]

T = TypeVar("T")

_LABEL = N_("E-mail address")
_LONGEST_SUBJECT = 200
# Of a subscription that is not confirmed, or asked for by its owner: not mails of a list.
_WITHOUT_LIST = frozenset({NoticeEvent.SUBSCRIPTION_CONFIRM, NoticeEvent.SUBSCRIPTION_MANAGE})
# RFC 5322 section 3.2.3, atext besides letters and digits.
_ATOM = frozenset("!#$%&'*+/=?^_`{|}~-.")
_LONGEST_LINE = 70
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class _Options:
    """Options of the channel: FYR_MAIL_FROM, FYR_BOUNCE_ADDRESS, FYR_BASE_URL and Reply-To."""

    mail_from: str
    base_url: str
    bounce_address: str = ""
    reply_to: str = ""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "_Options":
        names = ("mail_from", "base_url", "bounce_address", "reply_to")
        return cls(**{name: str(options.get(name) or "") for name in names})

    @property
    def domain(self) -> str:
        """The domain of message ids."""
        return self.mail_from.rpartition("@")[2] or "localhost"


class _Email:
    """E-mail as a channel."""

    kind = "email"
    name = "E-mail"
    is_room = False
    retries = EMAIL_RETRIES
    fields: Sequence[Field] = (Field("address", _LABEL),)

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        """Whether the address can be sent to; app.usecases.subscribers is stricter with it."""
        if _ascii_domain(values.get("address", "")) is None:
            message = "Enter a mail address, such as vera@example.com."
            return {"address": FieldProblem("invalid_address", message)}
        return {}

    def address(self, values: Mapping[str, str]) -> str:
        """The mail address."""
        return values["address"]

    def open(
        self, outbound: Outbound, options: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[Sender]:
        """A connection to the relay.

        `options` has `mail_from` and `base_url`, and may have `bounce_address` and `reply_to`.
        """
        return _open(outbound, _Options.of(options))


@asynccontextmanager
async def _open(outbound: Outbound, options: _Options) -> AsyncIterator[Sender]:
    async with outbound.mail() as connection:
        # Once: this check takes a tenth of the time of a mail.
        if isinstance(connection, PipelinedMail):
            yield PipelinedEmailSender(connection, options)
        else:
            yield EmailSender(connection, options)


@dataclass(frozen=True, slots=True)
class EmailSender:
    """Sends messages as mails through one connection."""

    connection: MailConnection
    options: _Options

    async def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Send one mail. Raises SendError."""
        mail = _mail(message, to, key, self.options)
        return Receipt(detail=await self.connection.send(mail))


@dataclass(frozen=True, slots=True)
class PipelinedEmailSender(EmailSender):
    """Sends messages as mails through one connection, also without waiting for each."""

    connection: PipelinedMail

    @property
    def is_ready(self) -> bool:
        """Whether the connection is open and not used up."""
        return self.connection.is_ready

    def compose(self, message: Message, to: Recipient, key: str) -> Mail:
        """The mail of a message. Raises SendError."""
        return _mail(message, to, key, self.options)

    def pipeline(self) -> AbstractAsyncContextManager[MailPipeline]:
        """Use the open connection without waiting, in one thread at a time."""
        return self.connection.pipeline()


def _mail(message: Message, to: Recipient, key: str, options: _Options) -> Mail:
    address = _ascii_domain(to.address)
    if address is None:
        raise SendError("bad_address", "not a mail address", is_permanent=True)
    is_utf8 = not address.isascii()
    envelope = _envelope_sender(to, key, options)
    template = _template(
        MailParts(
            message.text,
            message.html,
            message.language,
            _with_organizer(message, options),
            "CANCEL" if "METHOD:CANCEL" in (message.calendar or "") else "PUBLISH",
            message.pictures,
        )
    )
    links = {
        LINK: _link(message.event, to),
        UNSUBSCRIBE: to.links.get("unsubscribe", options.base_url),
        ADDRESS: to.address,
        FOLLOWED: to.followed,
    }
    page_id = str(message.document.get("data", {}).get("page", {}).get("id", ""))
    common = _common_headers(
        message.event, message.title, message.card.page_name, message.language, message.made_at,
        page_id, options,
    )  # fmt: skip
    personal = _personal_headers(message, to, key, options, envelope)
    head = _to_header(address, is_utf8=is_utf8) + personal.encode() + common
    content = head + template.headers + b"\r\n" + template.body(links)
    return Mail(key, envelope, address, content, needs_utf8=is_utf8)


def _link(event: NoticeEvent, to: Recipient) -> str:
    return to.links.get("confirm" if event is NoticeEvent.SUBSCRIPTION_CONFIRM else "manage", "")


def _envelope_sender(to: Recipient, key: str, options: _Options) -> str:
    if options.bounce_address and to.bounce_key:
        return bounce_address(options.bounce_address, key, bounce_mac(to.bounce_key, key))
    return options.mail_from


@lru_cache(maxsize=64)
def _template(parts: MailParts) -> MailTemplate:
    return MailTemplate(parts)


def _with_organizer(message: Message, options: _Options) -> str | None:
    """The calendar with the sender as organizer; RFC 5546 section 3.2.1 demands one."""
    if message.calendar is None:
        return None
    line = f"ORGANIZER:mailto:{options.mail_from}\r\n"
    return message.calendar.replace("BEGIN:VEVENT\r\n", f"BEGIN:VEVENT\r\n{line}")


@lru_cache(maxsize=64)
def _common_headers(  # noqa: PLR0913, PLR0917  # hashable parts of a message, which is not
    event: NoticeEvent,
    title: str,
    page_name: str,
    language: str,
    made_at: str,
    page_id: str,
    options: _Options,
) -> bytes:
    """The headers that are equal for all recipients."""
    user, _, domain = options.mail_from.rpartition("@")
    headers: dict[str, str | Address | datetime] = {
        "From": Address(_one_line(page_name), user, domain),
        "Subject": _one_line(title)[:_LONGEST_SUBJECT],
        "Date": datetime.fromisoformat(made_at),
    }
    if options.reply_to:
        user, _, domain = options.reply_to.rpartition("@")
        headers["Reply-To"] = Address(username=user, domain=domain)
    lines = [
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        f"Content-Language: {language}",
        f"Feedback-ID: {event}:email:{page_id}:fyr",
    ]
    if event not in _WITHOUT_LIST:
        host = (urlsplit(options.base_url).hostname or "localhost").replace(":", "-")
        lines += [
            "Precedence: list",
            f"List-Id: <status.{host}>",
            f"List-Archive: <{options.base_url}/>",
        ]
    return header_lines(headers) + "".join(f"{line}\r\n" for line in lines).encode()


def _personal_headers(
    message: Message, to: Recipient, key: str, options: _Options, envelope: str
) -> str:
    thread = message.thread.replace(":", ".").replace("/", ".")
    thread_id = f"<{thread}.{to.subscriber_id}@{options.domain}>"
    lines = [
        f"Message-ID: <{key}@{options.domain}>",
        f"References: {thread_id}",
        f"In-Reply-To: {thread_id}",
    ]
    link = to.links.get("unsubscribe", "")
    if link and message.event not in _WITHOUT_LIST:
        ways = [f"<{link}>"]
        if envelope != options.mail_from:
            ways.append(f"<mailto:{envelope}?subject=unsubscribe>")
        lines.append("List-Unsubscribe: " + ",\r\n ".join(ways))
        if link.startswith("https://"):
            # RFC 8058 section 3.1 demands https.
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return "".join(f"{line}\r\n" for line in lines)


def _to_header(address: str, *, is_utf8: bool) -> bytes:
    user, _, domain = address.rpartition("@")
    if _is_plain(user) and len(address) < _LONGEST_LINE:
        # As the library writes it, which takes 0.3 ms.
        return f"To: {address}\r\n".encode()
    return header_lines({"To": Address(username=user, domain=domain)}, utf8=is_utf8)


def _is_plain(user: str) -> bool:
    return user.isascii() and all(each.isalnum() or each in _ATOM for each in user)


def _ascii_domain(address: str) -> str | None:
    """The address with its domain as A-labels, None where it is no mail address."""
    user, _, domain = address.rpartition("@")
    host = _ascii_host(domain) if domain else None
    if host is None or not user or any(_is_forbidden(each) for each in user):
        return None
    return f"{user}@{host}"


@lru_cache(maxsize=1024)
def _ascii_host(domain: str) -> str | None:
    return ascii_host(domain)


def _is_forbidden(character: str) -> bool:
    return character in '<>"@\\(),:;[]' or character.isspace() or not character.isprintable()


def _one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())


CHANNEL = _Email()
