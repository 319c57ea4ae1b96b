"""Webhooks, signed as Standard Webhooks says; optionally in the form that Statuspage sends.

A program that subscribes is asked to confirm with `subscription.verify`, which has a challenge.
`webhook-id` is the id of the delivery on every attempt. After a rotation the former secret signs
too until `former_key_until`, so a receiver can change its secret without losing a message.
"""

import copy
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.retries import WEBHOOK_RETRIES
from app.domain.texts.phrases import N_
from app.net.http_channel import HttpChannel, HttpRequest, check_reply, cut
from app.ports.channel import Field, FieldProblem, HttpReply, Message, Receipt, Recipient
from app.ports.clock import system_clock

__all__ = ["CHANNEL", "make_channel"]

_LONGEST_BODY = 20_000
_LINKS = ("manage", "unsubscribe")
# How much of each text of a body that is too long stays, longest first.
_TEXT_LENGTHS = (4_000, 1_000, 300)


def make_channel(clock: Callable[[], datetime] = system_clock) -> HttpChannel:
    """The channel. `clock` gives the time that is signed with each attempt."""

    def build(message: Message, to: Recipient, key: str) -> HttpRequest:
        content = _content(message, to)
        now = clock()
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _signatures(to, key, now, content),
        }
        challenge = to.challenge if message.event is NoticeEvent.SUBSCRIPTION_VERIFY else ""
        return HttpRequest(to.secrets["url"], content, headers, challenge)

    return HttpChannel(
        kind="webhook",
        name="Webhook",
        fields=(
            Field("url", N_("URL"), is_secret=True, is_url=True),
            Field(
                "format",
                N_("Format"),
                N_("Empty, or “statuspage” for receivers made for Statuspage."),
                is_required=False,
            ),
        ),
        build=build,
        accept=_accept,
        check_more=_check,
        is_room=False,
        retries=WEBHOOK_RETRIES,
    )


def _content(message: Message, to: Recipient) -> bytes:
    # Statuspage's form has no document about a subscription.
    if to.options.get("format") == "statuspage" and message.statuspage:
        document = copy.deepcopy(dict(message.statuspage))
        meta = document.get("meta")
        document["meta"] = {
            **(meta if isinstance(meta, dict) else {}),
            "unsubscribe": to.links.get("unsubscribe", ""),
        }
    else:
        links = {name: to.links[name] for name in _LINKS if name in to.links}
        document = {**copy.deepcopy(dict(message.document)), "links": links}
        if message.event is NoticeEvent.SUBSCRIPTION_VERIFY:
            document["data"] = {
                **document["data"],
                "challenge": to.challenge,
                "confirm_url": to.links.get("confirm", ""),
            }
    content = _encoded(document)
    for length in _TEXT_LENGTHS:
        if len(content) <= _LONGEST_BODY:
            break
        content = _encoded(_shortened(document, length))
    return content


def _encoded(document: Any) -> bytes:  # noqa: ANN401  # JSON
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _shortened(value: Any, length: int) -> Any:  # noqa: ANN401  # JSON
    """The JSON value with its texts cut; an object with a cut text says `truncated`."""
    if isinstance(value, str):
        return cut(value, length)
    if isinstance(value, list):
        return [_shortened(each, length) for each in value]
    if isinstance(value, dict):
        shorter = {name: _shortened(each, length) for name, each in value.items()}
        was_cut = any(
            isinstance(each, str) and shorter[name] != each for name, each in value.items()
        )
        return {**shorter, "truncated": True} if was_cut else shorter
    return value


def _signatures(to: Recipient, key: str, now: datetime, content: bytes) -> str:
    keys = [to.secrets["key"]]
    until = to.options.get("former_key_until")
    if "former_key" in to.secrets and until and now < datetime.fromisoformat(str(until)):
        keys.append(to.secrets["former_key"])
    return " ".join(Webhook(each).sign(key, now, content.decode()) for each in keys)


def _accept(reply: HttpReply) -> Receipt:
    # 401 and 403 mean that the receiver refuses the request, and it has no token of ours.
    check_reply(reply, temporary=())
    return Receipt()


def _check(values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
    if values.get("format", "") not in {"", "fyr", "statuspage"}:
        return {"format": FieldProblem("unknown_format", "Leave it empty, or write “statuspage”.")}
    if urlsplit(values["url"].strip()).fragment:
        return {"url": FieldProblem("has_fragment", "The address of a webhook has no fragment.")}
    return {}


CHANNEL = make_channel()
