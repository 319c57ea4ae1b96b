"""Apprise: an Apprise API server of the operator, which forwards to more than a hundred services.

The library itself is not used in this process: most of its plugins send requests of their own,
which no guard checks, and it reports one boolean for all of them.
"""

import json
from urllib.parse import quote

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut
from app.ports.channel import Card, Field, HttpReply, Message, Receipt, Recipient, SendError

__all__ = ["CHANNEL"]

_TYPES = {"good": "success", "minor": "warning", "major": "failure", "critical": "failure"}
_LONGEST = 20_000


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    card = message.card
    body = {
        "title": cut(card.headline, 250),
        "body": _text(card),
        "type": _TYPES.get(card.tone, "info"),
        "format": "text",
    }
    tag = to.options.get("tag", "")
    server = str(to.options["server"]).rstrip("/")
    url = f"{server}/notify/{quote(to.secrets['key'], safe='')}"
    return HttpRequest(url, json.dumps({**body, "tag": tag} if tag else body).encode())


def _text(card: Card) -> str:
    facts = "\n".join(card.fact_lines)
    start = "\n\n".join(part for part in (card.note, cut(card.body, _LONGEST), facts) if part)
    return f"{start}\n\n{card.page_name}\n{card.url}"


def _accept(reply: HttpReply) -> Receipt:
    # 204: the server has no configuration with this key, or an empty one, and notified nobody.
    if reply.status == 204:
        raise SendError("no_configuration", "The server has no configuration with this key.")
    # 424: at least one of the services behind it failed, which may pass.
    check_reply(reply, gone=(), temporary=(401, 403, 404, 424))
    return Receipt()


CHANNEL = HttpChannel(
    kind="apprise",
    name="Apprise",
    fields=(
        Field("server", N_("Server"), N_("The address of your Apprise API server."), is_url=True),
        Field("key", N_("Configuration key"), is_secret=True),
        Field("tag", N_("Tag"), N_("Only services with this tag."), is_required=False),
    ),
    build=_build,
    accept=_accept,
    host_field="server",
)
