"""Discord: a webhook that takes an embed. `allowed_mentions` is empty, so nobody is mentioned."""

import itertools
import json
import re
from typing import Any

from app.domain.texts.phrases import N_
from app.net.http_channel import (
    HttpChannel,
    HttpRequest,
    check_reply,
    cut,
    read_answer,
    read_wait,
    utf16_length,
    with_query,
)
from app.ports.channel import Card, Field, HttpReply, Message, Receipt, Recipient

__all__ = ["CHANNEL"]

_TITLE, _DESCRIPTION, _FIELD_NAME, _FIELD_VALUE, _FIELDS, _FOOTER = 256, 4_096, 256, 1_024, 10, 512
# All texts of an embed together.
_LONGEST = 5_900
_MARKUP = re.compile(r"([\\`*_~|>#\[\]()<:@-])")
_COLOURS = {
    "good": 0x1A7F37,
    "minor": 0xB35900,
    "major": 0xC2410C,
    "critical": 0xB42318,
    "maintenance": 0x1F5FBF,
}


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    body = {
        "embeds": [_embed(message.card, message.made_at)],
        "allowed_mentions": {"parse": []},
    }
    # Discord answers with the id of the message once it is stored.
    url = with_query(to.secrets["url"], {"wait": "true"})
    return HttpRequest(url, json.dumps(body).encode())


def _embed(card: Card, made_at: str) -> dict[str, Any]:
    pairs = [
        (cut(label, _FIELD_NAME), cut(_literal(value), _FIELD_VALUE))
        for label, value in card.facts[:_FIELDS]
        if value
    ]
    title, footer = cut(card.headline, _TITLE), cut(card.page_name, _FOOTER)
    taken = sum(map(utf16_length, (title, footer, *itertools.chain(*pairs))))
    text = "\n\n".join(_literal(part) for part in (card.note, card.body) if part)
    embed = {
        "title": title,
        "description": cut(text, max(min(_DESCRIPTION, _LONGEST - taken), 200)),
        "url": card.url,
        "timestamp": made_at,
        "fields": [{"name": label, "value": value, "inline": True} for label, value in pairs],
        "footer": {"text": footer},
    }
    colour = _COLOURS.get(card.tone)
    return embed if colour is None else {**embed, "color": colour}


def _literal(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _accept(reply: HttpReply) -> Receipt:
    answer = read_answer(reply)
    # 404 with code 10015: the webhook was deleted.
    check_reply(reply, gone=(404, 410), retry_after=read_wait(answer.get("retry_after")))
    return Receipt(external_id=str(answer.get("id", ""))[:64] or None)


CHANNEL = HttpChannel(
    kind="discord",
    name="Discord",
    fields=(Field("url", N_("Webhook URL"), is_secret=True, is_url=True),),
    build=_build,
    accept=_accept,
)
