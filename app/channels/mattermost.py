"""Mattermost, and Rocket.Chat: an incoming webhook that takes Markdown.

Staff texts are escaped, and a zero-width space after `@` keeps them from mentioning anybody.
"""

import json
import re

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut, utf16_length
from app.ports.channel import Card, Field, HttpReply, Message, Receipt, Recipient

__all__ = ["CHANNEL"]

# The limit of a post; longer ones are refused.
_LONGEST = 16_383
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-!|~>])")


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    return HttpRequest(to.secrets["url"], json.dumps({"text": _text(message.card)}).encode())


def _text(card: Card) -> str:
    facts = [_literal(line) for line in card.fact_lines]
    link = f"[{_literal(card.link_text)}]({card.url})"
    end = "\n\n" + "\n".join([*facts, f"{_literal(card.page_name)} · {link}"])
    start = "\n\n".join(
        part for part in (f"**{_literal(card.headline)}**", _literal(card.note)) if part
    )
    room = _LONGEST - utf16_length(start) - utf16_length(end) - len("\n\n")
    return f"{start}\n\n{cut(_literal(card.body), room)}{end}"


def _literal(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text).replace("@", "@\u200b")


def _accept(reply: HttpReply) -> Receipt:
    check_reply(reply, gone=(404, 410))
    return Receipt()


CHANNEL = HttpChannel(
    kind="mattermost",
    name="Mattermost",
    fields=(Field("url", N_("Webhook URL"), is_secret=True, is_url=True),),
    build=_build,
    accept=_accept,
)
