"""Microsoft Teams: a Workflows webhook that takes an Adaptive Card.

Texts are `TextRun`s, which Teams does not read as Markdown. Office 365 connectors no longer exist;
their URLs are refused.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.domain.texts.phrases import N_
from app.net.http_channel import (
    HttpChannel,
    HttpRequest,
    check_reply,
    cut,
    cut_bytes,
    host_of,
    read_answer,
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

# Microsoft documents 28 KB; 413 was seen at 21 KB.
_LONGEST_BODY = 20_000
# Staff may have turned the workflow off for a while.
_IS_OFF = "WorkflowTriggerIsNotEnabled"
_COLOURS = {"good": "Good", "minor": "Warning", "major": "Attention", "critical": "Attention"}


def _build(message: Message, to: Recipient, _key: str) -> HttpRequest:
    card = message.card
    content = _content(card, message.language, card.body)
    excess = len(content) - _LONGEST_BODY
    if excess > 0:
        # JSON writes a character in at most six bytes for one byte of UTF-8.
        body = cut_bytes(card.body, max(len(card.body.encode()) - excess, 200))
        content = _content(card, message.language, body)
    if len(content) > _LONGEST_BODY:
        content = _content(card, message.language, cut(card.body, 1_000))
    return HttpRequest(to.secrets["url"], content)


def _content(card: Card, language: str, body: str) -> bytes:
    headline = {"size": "Large", "weight": "Bolder", "color": _COLOURS.get(card.tone, "Default")}
    facts = "\n".join(card.fact_lines)
    blocks = [
        _block(cut(card.headline, 300), **headline),
        *(_block(text, italic=True) for text in (card.note,) if text),
        *(_block(text) for text in (body, cut(facts, 3_000), card.page_name) if text),
    ]
    adaptive = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": language,
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": card.link_text, "url": card.url}],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": adaptive,
    }
    document = {"type": "message", "attachments": [attachment]}
    return json.dumps(document, ensure_ascii=False).encode()


def _block(text: str, **look: Any) -> dict[str, Any]:  # noqa: ANN401  # words and flags
    return {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": text, **look}],
    }


def _accept(reply: HttpReply) -> Receipt:
    error = read_answer(reply).get("error")
    if reply.status == 400 and isinstance(error, dict) and error.get("code") == _IS_OFF:
        # The message names the state of the workflow, such as 'Disabled'.
        is_gone = "'deleted'" in str(error.get("message", "")).lower()
        code = "gone" if is_gone else "workflow_off"
        raise SendError(code, "The workflow is off.", is_permanent=is_gone, is_gone=is_gone)
    check_reply(reply, gone=(404, 410))
    return Receipt()


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    host = host_of(values["url"])
    if host.endswith(".webhook.office.com") or host == "outlook.office.com":
        message = (
            "Office 365 connectors ended in 2026. Create a workflow “Send webhook alerts to a "
            "channel” in Teams and use its URL."
        )
        return {"url": FieldProblem("connector", message)}
    return {}


CHANNEL = HttpChannel(
    kind="teams",
    name="Microsoft Teams",
    fields=(
        Field(
            "url",
            N_("Workflow URL"),
            N_("The URL of the workflow “Send webhook alerts to a channel”."),
            is_secret=True,
            is_url=True,
        ),
    ),
    build=_build,
    accept=_accept,
    check_more=_check,
)
