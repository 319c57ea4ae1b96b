"""Telegram: the Bot API. Without `parse_mode` a text is plain; updates reply to the first one."""

import json
from collections.abc import Mapping
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
)
from app.ports.channel import (
    Card,
    Field,
    FieldProblem,
    HttpReply,
    Message,
    Receipt,
    Recipient,
    SendError,
)

__all__ = ["CHANNEL"]

_API = "https://api.telegram.org"
_LONGEST = 4_096
# What the Bot API says when a chat no longer exists or does not want the bot.
_GONE = ("chat not found", "bot was blocked", "bot was kicked", "user is deactivated", "deleted")

# What staff of the chat may give to the bot again.
_RIGHTS = ("not enough rights", "need administrator rights")


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    body: dict[str, Any] = {
        "chat_id": to.options["chat"],
        "text": _text(message.card),
        "link_preview_options": {"is_disabled": True},
    }
    if to.external_ids and to.external_ids[0].isdecimal():
        body["reply_parameters"] = {
            "message_id": int(to.external_ids[0]),
            "allow_sending_without_reply": True,
        }
    return HttpRequest(f"{_API}/bot{to.secrets['token']}/sendMessage", json.dumps(body).encode())


def _text(card: Card) -> str:
    facts = "\n".join(card.fact_lines)
    end = "\n\n".join(part for part in (cut(facts, 1_000), f"{card.page_name}\n{card.url}") if part)
    start = "\n\n".join(part for part in (cut(card.headline, 500), card.note) if part)
    room = _LONGEST - utf16_length(start) - utf16_length(end) - len("\n\n\n\n")
    return f"{start}\n\n{cut(card.body, max(room, 1))}\n\n{end}"


def _accept(reply: HttpReply) -> Receipt:
    answer = read_answer(reply)
    answer_text = str(answer.get("description", "")).lower()
    parameters = answer.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if any(each in answer_text for each in _GONE):
        raise SendError("gone", answer_text[:200], is_permanent=True, is_gone=True)
    if any(each in answer_text for each in _RIGHTS):
        raise SendError("credentials_refused", answer_text[:200])
    if isinstance(parameters, dict) and isinstance(parameters.get("migrate_to_chat_id"), int):
        detail = f"The group is now the chat {parameters['migrate_to_chat_id']}"[:200]
        raise SendError("chat_moved", detail, is_permanent=True)
    # 404 means that the token is wrong: the Bot API knows no such bot.
    check_reply(
        reply,
        gone=(),
        temporary=(401, 403, 404),
        retry_after=read_wait(wait),
    )
    if answer.get("ok") is False:
        raise SendError("refused", answer_text[:200], is_permanent=True)
    result = answer.get("result")
    sent = result.get("message_id") if isinstance(result, dict) else None
    return Receipt(external_id=None if sent is None else str(sent)[:64])


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    number, _, rest = values["token"].partition(":")
    if not (number.isdecimal() and rest.replace("-", "").replace("_", "").isalnum()):
        message = "A token of a bot looks like 123456:ABC-def."
        return {"token": FieldProblem("not_a_token", message)}
    return {}


CHANNEL = HttpChannel(
    kind="telegram",
    name="Telegram",
    fields=(
        Field("token", N_("Bot token"), is_secret=True),
        Field("chat", N_("Chat"), N_("The number of a chat, or @name of a channel.")),
    ),
    build=_build,
    accept=_accept,
    check_more=_check,
    host="api.telegram.org",
)
