"""Slack: an incoming webhook, or a bot token with a channel, which can reply in a thread.

Staff texts are sent as `plain_text`, which Slack does not read as markup: no text can mention
`@channel` or make a link look like another. In `text`, `&`, `<` and `>` are escaped.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut, read_answer
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

_API = "https://slack.com/api/chat.postMessage"
_HEADER, _SECTION, _FALLBACK = 150, 3_000, 4_000
# Errors of chat.postMessage. What staff may correct, such as a token or an invitation to the
# channel, is no permanent failure.
_GONE = frozenset({"channel_not_found", "is_archived", "channel_is_archived"})
_REFUSED = frozenset(
    {
        "access_denied",
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_expired",
        "token_revoked",
    }
)
_TOO_MANY = frozenset({"message_limit_exceeded", "rate_limited", "ratelimited"})
_LATER = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    body: dict[str, Any] = {
        "text": cut(_escaped(message.card.headline), _FALLBACK),
        "blocks": _blocks(message.card),
        "unfurl_links": False,
    }
    url = to.secrets.get("url", "")
    if url:
        return HttpRequest(url, json.dumps(body).encode())
    body["channel"] = to.options["channel"]
    if to.external_ids:
        body["thread_ts"] = to.external_ids[0]
    headers = {
        "authorization": f"Bearer {to.secrets['token']}",
        "content-type": "application/json; charset=utf-8",
    }
    return HttpRequest(_API, json.dumps(body).encode(), headers)


def _blocks(card: Card) -> list[dict[str, Any]]:
    lines = [*card.fact_lines]
    texts = [card.note, card.body, "\n".join(lines)]
    link = f"<{_escaped(card.url)}|{_escaped(card.link_text)}>"
    return [
        {"type": "header", "text": _plain(card.headline, _HEADER)},
        *({"type": "section", "text": _plain(text, _SECTION)} for text in texts if text),
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": f"{_escaped(card.page_name)} · {link}"}],
        },
    ]


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _accept(reply: HttpReply) -> Receipt:
    # An incoming webhook answers in plain text: 404 no_service, no_team; 410 channel_is_archived.
    check_reply(reply, gone=(404, 410))
    if reply.body.strip() == b"ok":
        return Receipt()
    answer = read_answer(reply)
    if "ok" not in answer:
        raise SendError("unexpected_reply", "The reply is not one of Slack's.")
    if answer.get("ok") is True:
        return Receipt(external_id=str(answer.get("ts", ""))[:64] or None)
    return _refused(str(answer.get("error", "unknown_error"))[:64])


def _refused(error: str) -> Receipt:
    if error in _REFUSED:
        raise SendError("credentials_refused", error)
    if error in _TOO_MANY or error in _LATER:
        raise SendError("rate_limited" if error in _TOO_MANY else "unavailable", error)
    raise SendError(
        "gone" if error in _GONE else "refused", error, is_permanent=True, is_gone=error in _GONE
    )


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    url, token, channel = (values.get(name, "") for name in ("url", "token", "channel"))
    if bool(url) == bool(token):
        problem = FieldProblem("url_or_token", "Give a webhook URL, or a bot token and a channel.")
        return {"url": problem}
    if token and not channel:
        return {"channel": FieldProblem("required", "A bot token needs a channel.")}
    return {}


CHANNEL = HttpChannel(
    kind="slack",
    name="Slack",
    fields=(
        Field("url", N_("Webhook URL"), is_secret=True, is_required=False, is_url=True),
        Field(
            "token",
            N_("Bot token"),
            N_("Instead of a webhook URL: updates of one incident then form a thread."),
            is_secret=True,
            is_required=False,
        ),
        Field("channel", N_("Channel"), N_("Only with a bot token."), is_required=False),
    ),
    build=_build,
    accept=_accept,
    check_more=_check,
    host="slack.com",
)
