"""What tests of channels send, and the ways out that they give them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.notifications.events import NoticeEvent
from app.ports.channel import Card, Mail, MailConnection, Message, Recipient

__all__ = ["MESSAGE", "OPTIONS", "VERA", "RecordedMails", "message"]

CARD = Card(
    headline="Identified: Card payments fail",
    body="We know the cause.",
    url="https://status.example.com/en/incidents/abcdef123456",
    link_text="Read more",
    page_name="Acme",
    tone="major",
)
MESSAGE = Message(
    notice_id="notice123456",
    event=NoticeEvent.INCIDENT_UPDATED,
    thread="incident:abcdef123456",
    language="en",
    is_right_to_left=False,
    title="Identified: Card payments fail",
    text="We know the cause.\n\n-- \nSent to \ue002.\nChange: \ue000\nUnsubscribe: \ue001\n",
    html='<html lang="en"><a href="\ue000">Change</a> <a href="\ue001">no</a></html>',
    card=CARD,
    made_at="2026-11-23T10:00:00+00:00",
    document={"type": "incident.updated", "data": {"page": {"id": "page12345678"}}},
)
VERA = Recipient(
    "vera12345678",
    "vera@example.net",
    "en",
    links={
        "manage": "https://status.example.com/en/subscription/vera12345678.aaaaaaaaaaaaaaaaaaaaaa",
        "unsubscribe": "https://status.example.com/unsubscribe/vera12345678.bbbbbbbbbbbbbbbbbbbbbb",
        "confirm": "https://status.example.com/en/subscribe/confirm/vera12345678.cccccccccccccccccccccc",
    },
    bounce_key=b"key",
)
OPTIONS = {
    "mail_from": "status@example.com",
    "base_url": "https://status.example.com",
    "bounce_address": "bounces@example.com",
}


def message(**changes: Any) -> Message:  # noqa: ANN401
    return replace(MESSAGE, **changes)


@dataclass
class RecordedMails:
    """Ways out of a channel that record mails and do nothing else."""

    mails: list[Mail] = field(default_factory=list)

    @asynccontextmanager
    async def mail(self) -> AsyncIterator[MailConnection]:
        yield self

    async def send(self, mail: Mail) -> str:
        self.mails.append(mail)
        return "250 OK"

    async def post(self, *_: object, **__: object) -> Any:  # noqa: ANN401
        raise AssertionError("a mail needs no HTTP")

    async def resolve(self, host: str, port: int) -> list[str]:
        raise AssertionError("the relay is resolved elsewhere")
