"""Google Chat: a webhook of a space. Updates of one incident form a thread.

`requestId` is the id of the delivery, so a message that is sent again is one message. A zero-width
space after `<` keeps staff texts from mentioning anybody.
"""

import json

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut_bytes, with_query
from app.ports.channel import Card, Field, HttpReply, Message, Receipt, Recipient

__all__ = ["CHANNEL"]

# A text may have 32,000 bytes.
_LONGEST = 31_000


def _build(message: Message, to: Recipient, key: str) -> HttpRequest:
    added = {
        "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
        "requestId": key,
    }
    url = with_query(to.secrets["url"], added)
    body = {"text": _text(message.card), "thread": {"threadKey": message.thread}}
    return HttpRequest(url, json.dumps(body, ensure_ascii=False).encode())


def _text(card: Card) -> str:
    facts = [_literal(line) for line in card.fact_lines]
    end = "\n".join([*facts, f"{_literal(card.page_name)} · <{card.url}|{_label(card.link_text)}>"])
    start = "\n".join(
        part for part in (f"*{_literal(card.headline)}*", _literal(card.note)) if part
    )
    room = _LONGEST - len(start.encode()) - len(end.encode())
    return f"{start}\n\n{cut_bytes(_literal(card.body), room)}\n\n{end}"


def _literal(text: str) -> str:
    return text.replace("<", "<\u200b")


def _label(text: str) -> str:
    return text.replace("|", "/").replace(">", "")


def _accept(reply: HttpReply) -> Receipt:
    check_reply(reply, gone=(404, 410))
    return Receipt()


CHANNEL = HttpChannel(
    kind="google_chat",
    name="Google Chat",
    fields=(Field("url", N_("Webhook URL"), is_secret=True, is_url=True),),
    build=_build,
    accept=_accept,
)
