"""Previews of a message for staff: each form in which subscribers get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.page.logos import Logo
from app.i18n.languages import direction
from app.ports.channel import Message

__all__ = ["MessagePreview", "chat_text", "named", "preview_of"]

# What stands for the links and the address of a subscriber (app.ports.channel.Message).
_PERSONAL = {
    "\ue000": "[manage]",
    "\ue001": "[unsubscribe]",
    "\ue002": "[address]",
    "\ue003": "[followed]",
}


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """A message in one language. Links and address of a subscriber are shown by name.

    `webhook` and `statuspage` are the documents of the two formats of webhooks, without links;
    `push` is the one for browsers.
    """

    language: str
    direction: str
    subject: str
    text: str
    html: str
    chat: str
    webhook: Mapping[str, Any]
    statuspage: Mapping[str, Any]
    push: Mapping[str, Any]
    is_foreign: bool


def preview_of(message: Message, push: Mapping[str, Any], logo: Logo | None) -> MessagePreview:
    """The preview of a message; `push` is its document for browsers.

    The HTML names the pictures of the `logo`, which its mails contain, by their paths.
    """
    html = message.html
    for each in () if logo is None else logo.pictures:
        html = html.replace(f'"cid:{each.content_id}"', f'"{each.path}"')
    return MessagePreview(
        message.language,
        direction(message.language),
        named(message.title),
        named(message.text),
        named(html),
        named(chat_text(message)),
        message.document,
        message.statuspage,
        push,
        message.is_foreign,
    )


def named(text: str) -> str:
    """The text with a name in brackets for everything personal."""
    for placeholder, name in _PERSONAL.items():
        text = text.replace(placeholder, name)
    return text


def chat_text(message: Message) -> str:
    """The message as plain text, as chat channels get it in their own forms."""
    card = message.card
    lines = [card.headline, card.note, card.body, *card.fact_lines]
    return "\n".join(line for line in (*lines, f"{card.link_text}: {card.url}") if line)
