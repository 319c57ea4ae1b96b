"""ntfy: a topic of ntfy.sh or of a server of one's own, as JSON to the root of the server."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut, cut_bytes
from app.ports.channel import Card, Field, FieldProblem, HttpReply, Message, Receipt, Recipient

__all__ = ["CHANNEL"]

# A message may have 4,096 bytes, and the JSON that it is in twice as many.
_MESSAGE_BYTES, _LONGEST = 4_000, 8_000
# From 1 to 5; 3 is the default of ntfy.
_PRIORITIES = {"critical": 5, "major": 4}
# ntfy shows these tags as emoji.
_TAGS = {
    "good": "white_check_mark",
    "minor": "warning",
    "major": "warning",
    "critical": "rotating_light",
    "maintenance": "wrench",
}


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    content = _content(message.card, to, _MESSAGE_BYTES)
    # JSON writes quotes and line ends with two bytes.
    if len(content) > _LONGEST:
        content = _content(message.card, to, _MESSAGE_BYTES // 2)
    token = to.secrets.get("token", "")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return HttpRequest(to.options["server"], content, headers)


def _content(card: Card, to: Recipient, most_bytes: int) -> bytes:
    body = {
        "topic": to.options["topic"],
        "title": cut(f"{card.page_name}: {card.headline}", 250),
        "message": cut_bytes(_text(card), most_bytes),
        "click": card.url,
        "priority": _PRIORITIES.get(card.tone, 3),
        "tags": [_TAGS[card.tone]] if card.tone in _TAGS else [],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _text(card: Card) -> str:
    facts = "\n".join(card.fact_lines)
    return "\n\n".join(part for part in (card.note, card.body, facts) if part)


def _accept(reply: HttpReply) -> Receipt:
    check_reply(reply, gone=())
    return Receipt()


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    if urlsplit(values["server"]).path.strip("/"):
        message = "Give the root of the server, without the topic."
        return {"server": FieldProblem("has_path", message)}
    if not values["topic"].replace("-", "").replace("_", "").isalnum():
        message = "A topic has letters, digits, hyphens and underscores only."
        return {"topic": FieldProblem("not_a_topic", message)}
    return {}


CHANNEL = HttpChannel(
    kind="ntfy",
    name="ntfy",
    fields=(
        Field("server", N_("Server"), N_("Such as https://ntfy.sh."), is_url=True),
        Field("topic", N_("Topic")),
        Field("token", N_("Access token"), is_secret=True, is_required=False),
    ),
    build=_build,
    accept=_accept,
    check_more=_check,
    host_field="server",
)
