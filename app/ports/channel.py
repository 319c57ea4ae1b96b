"""Port of channels: a channel sends rendered messages to subscribers, through the guard.

Channels live in `app/channels/`, one file each. Source: notifications.md sections 1, 3 and 4.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.retries import RetrySchedule

__all__ = [
    "WEBHOOK",
    "Card",
    "Channel",
    "ChannelKeys",
    "FailureScope",
    "Field",
    "FieldProblem",
    "HttpReply",
    "InlinePicture",
    "KeyedChannel",
    "Mail",
    "MailConnection",
    "MailPipeline",
    "MailProgress",
    "Message",
    "Outbound",
    "PipelinedMail",
    "PipelinedSender",
    "Receipt",
    "Recipient",
    "SendError",
    "Sender",
    "can_be_room",
]

T = TypeVar("T")


# The kind of the channel that rooms and programs of visitors share.
WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a room, of which the console makes its form.

    `label` and `hint` are messages of the catalogues. A secret is stored encrypted, and shown as
    its last four characters. The value of a field with `is_url` is an address that is requested.
    """

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    is_required: bool = True
    is_url: bool = False


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Validation error of one field: a stable code and an English message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes. `options` and `secrets` have the values of the channel's fields.

    `address` is what staff see: a mail address, or the host of a URL. `links` have the URLs of
    this subscriber by purpose: `manage`, `unsubscribe` and `confirm`; rooms have none.
    `followed` are the names of what is followed, in prose and in `language`; rooms have none.
    `external_ids` are the receipts of former messages of the thread, oldest first. `bounce_key`
    makes the address to which a mail bounces (app.domain.notifications.bounce_addresses).
    A receiving program that answers with `challenge` confirms the subscription.
    """

    subscriber_id: str
    address: str
    language: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    followed: str = ""
    external_ids: Sequence[str] = ()
    bounce_key: bytes = field(default=b"", repr=False)
    challenge: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """A message for channels with short texts, as plain text in one language.

    `headline` is "<status>: <title>". `tone` is `good`, `minor`, `major`, `critical`,
    `maintenance` or `neutral`. `body` is the text of the update; `note` says that it is foreign or
    outdated, empty otherwise. `facts` are pairs of a label and a value, `fact_lines`
    these pairs as lines with the punctuation of the language.
    """

    headline: str
    body: str
    url: str
    link_text: str
    page_name: str
    tone: str
    note: str = ""
    facts: Sequence[tuple[str, str]] = ()
    fact_lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class InlinePicture:
    """A PNG picture within a mail, which the HTML names as `cid:` and its `content_id`."""

    content_id: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """The rendered text of a notice in one language and time zone, without anything personal.

    `thread` is equal in all messages about one incident or maintenance, such as
    `incident:PUBLICID`. `title` is one line. In `text` and `html`, U+E000 stands for the link
    `manage`, or `confirm` where the event is `subscription.confirm`, U+E001 for `unsubscribe`,
    U+E002 for the address of the recipient and U+E003 for the names of what it follows.
    `document` is the JSON of webhooks: the members `type`, `version`, `timestamp` and `data`,
    without `links`; `statuspage` is the JSON of webhooks in the form of Statuspage. `made_at` is
    an ISO 8601 time in UTC. With `is_foreign`, a text of staff is shown in another language.
    `pictures` are those that `html` names.
    """

    notice_id: str
    event: NoticeEvent
    thread: str
    language: str
    is_right_to_left: bool
    title: str
    text: str
    html: str
    card: Card
    made_at: str
    calendar: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    statuspage: Mapping[str, Any] = field(default_factory=dict)
    is_foreign: bool = False
    pictures: tuple[InlinePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a message was accepted. `external_id` is what the receiving system calls it.

    `is_confirmed`: the receiving program answered with the challenge of its subscription.
    """

    external_id: str | None = None
    detail: str = ""
    is_confirmed: bool = False


class FailureScope(StrEnum):
    """What a failure concerns: the recipient alone, or all that is sent through the lane."""

    RECIPIENT = "recipient"
    LANE = "lane"


@dataclass(slots=True)
class SendError(Exception):
    """A message was not accepted.

    `code` is stable, `detail` at most 500 characters of plain text without secrets. With
    `is_permanent` no later attempt can succeed; with `is_gone` the recipient has ceased to exist
    and is stopped. `retry_after` is the seconds that the receiving system asks to wait.
    """

    code: str
    detail: str = ""
    scope: FailureScope = FailureScope.RECIPIENT
    is_permanent: bool = False
    is_gone: bool = False
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The reply to an outbound request: status, headers with lower-case names, a bounded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with its envelope: `content` has CRLF line ends and is not yet dot-stuffed.

    `key` is the id of the delivery. With `needs_utf8`, the recipient's local part is not ASCII
    (RFC 6531).
    """

    key: str
    sender: str
    recipient: str
    content: bytes = field(repr=False)
    needs_utf8: bool = False


class MailConnection(Protocol):
    """A connection to the relay of the operator, opened by the first mail and again after faults.

    It is used for one mail at a time.
    """

    async def send(self, mail: Mail) -> str:
        """The reply of the relay that accepted the mail, at most 200 characters.

        Raises SendError, nothing else.
        """


@dataclass(frozen=True, slots=True)
class MailProgress:
    """What a connection has read: that a mail was accepted, with the reply, and a failure.

    The failure is of the mail whose content was sent and not accepted, else of the announced one.
    """

    accepted: str | None = None
    failure: SendError | None = None


class MailPipeline(Protocol):
    """An open connection to the relay, as one of many that a thread waits for.

    The envelope of a mail leaves with the content of the former one, which its caller asks for.
    """

    @property
    def is_ready(self) -> bool:
        """Whether another mail may be announced: the connection is open and not used up."""

    @property
    def descriptor(self) -> int:
        """The file descriptor of the socket; -1 when it is closed."""

    @property
    def events(self) -> int:
        """What to wait for, as for `select.poll`."""

    @property
    def awaits_content(self) -> bool:
        """Whether the relay has accepted the recipient that was announced."""

    def announce(self, mail: Mail) -> None:
        """Name sender and recipient of the next mail. Raises SendError if that cannot be."""

    def send_content(self) -> None:
        """Send the content of the mail that was announced."""

    def proceed(self, *, is_readable: bool = True) -> MailProgress:
        """Write what can be written and, if `is_readable`, read what has come."""


@runtime_checkable
class PipelinedMail(MailConnection, Protocol):
    """A connection to the relay that can also send without waiting."""

    @property
    def is_ready(self) -> bool:
        """Whether it is open and not used up."""

    def pipeline(self) -> AbstractAsyncContextManager[MailPipeline]:
        """Use the open connection without waiting, in one thread at a time.

        Afterwards the connection can be used by `send`, whatever failed.
        """


class Outbound(Protocol):
    """The ways out that a channel may use. All pass the guard."""

    def mail(self) -> AbstractAsyncContextManager[MailConnection]:
        """A connection to the relay; nothing is sent before its first use.

        Its first use raises SendError where mail is not set up.
        """

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,
    ) -> HttpReply:
        """The reply to a POST, redirects included as they are; at most 64 kB of its body is read.

        Raises SendError when there is no reply.
        """

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host` that the guard allows. Raises SendError when there are none."""


class Sender(Protocol):
    """One open connection of a channel, used for one message at a time."""

    async def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Send `message`. `key` is the id of the delivery, equal on every attempt.

        Raises SendError, nothing else.
        """


@runtime_checkable
class PipelinedSender(Sender, Protocol):
    """A sender of mails that can send many of them one after the other without waiting.

    That saves the ways through the event loop and between threads, which take longer than a mail.
    """

    @property
    def is_ready(self) -> bool:
        """Whether the connection is open and not used up; else `send` opens it."""

    def compose(self, message: Message, to: Recipient, key: str) -> Mail:
        """The mail of a message. Raises SendError."""

    def pipeline(self) -> AbstractAsyncContextManager[MailPipeline]:
        """Use the open connection without waiting, in one thread at a time."""


class Channel(Protocol):
    """One way to send."""

    @property
    def kind(self) -> str:
        """Identifier in URLs, rows and docs: lower case, digits and underscores."""

    @property
    def name(self) -> str:
        """Display name."""

    @property
    def is_room(self) -> bool:
        """Whether only staff can subscribe with it."""

    @property
    def retries(self) -> RetrySchedule:
        """When a failed delivery is attempted again, and when it is given up."""

    @property
    def fields(self) -> Sequence[Field]:
        """The options of a subscriber, in the order of the form."""

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        """Return the validation errors by field, empty when the values are valid."""

    def address(self, values: Mapping[str, str]) -> str:
        """Return what staff see of valid values: a host or a name, no secret."""

    def open(
        self, outbound: Outbound, options: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[Sender]:
        """Open a connection; `options` are those of the channel, not of a subscriber."""


@dataclass(frozen=True, slots=True)
class ChannelKeys:
    """Keys that an installation has for a channel: options of it, and secrets stored encrypted."""

    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


@runtime_checkable
class KeyedChannel(Protocol):
    """A channel that needs keys of the installation, made when it is switched on first."""

    def generate_keys(self) -> ChannelKeys:
        """New keys."""


def can_be_room(channel: Channel) -> bool:
    """Whether staff can set up a room of this kind: a webhook can be one, though it need not be."""
    return channel.is_room or channel.kind == WEBHOOK
