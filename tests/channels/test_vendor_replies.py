"""Replies as the receiving systems really give them, and texts at the limits that they document."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.channels import CHANNELS
from app.channels.sms import fits_two_segments
from app.net.http_channel import HttpChannel, utf16_length
from app.ports.channel import HttpReply, SendError
from tests.channels.messages import KEY, make_message, recipient

HTTP = {kind: each for kind, each in CHANNELS.items() if isinstance(each, HttpChannel)}
HTML = b"<html><head><title>429 Too Many Requests</title></head></html>"

OFF = (
    '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"Could not execute workflow \'a\' '
    "trigger 'manual' with state '%s': trigger is not enabled.\"}}"
)
MOVED = (
    b'{"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat",'
    b'"parameters":{"migrate_to_chat_id":-1001234567890}}'
)
PERMANENT, LATER, GONE = "permanent", "later", "gone"
# kind, status, Retry-After, body; the code of the failure, and whether another attempt is made.
REPLIES = [
    ("slack", 200, "", b'{"ok":false,"error":"rate_limited"}', "rate_limited", LATER),
    ("slack", 200, "", b'{"ok":false,"error":"not_in_channel"}', "credentials_refused", LATER),
    ("slack", 200, "", b'{"ok":false,"error":"msg_too_long"}', "refused", PERMANENT),
    ("slack", 403, "", b"action_prohibited", "credentials_refused", LATER),
    ("slack", 200, "", b"<html>Sign in to the network</html>", "unexpected_reply", LATER),
    ("teams", 400, "", (OFF % "Disabled").encode(), "workflow_off", LATER),
    ("teams", 400, "", (OFF % "Deleted").encode(), "gone", GONE),
    ("teams", 400, "", b'{"error":{"code":"TriggerInputSchemaMismatch"}}', "http_400", PERMANENT),
    ("teams", 429, "0", b"", "rate_limited", LATER),
    ("discord", 429, "3600", HTML, "rate_limited", LATER),
    ("discord", 401, "", b'{"message":"Invalid Webhook Token","code":50027}', None, LATER),
    ("discord", 400, "", b'{"code":50035,"message":"Invalid Form Body"}', "http_400", PERMANENT),
    ("mattermost", 501, "", b'{"id":"web.incoming_webhook.disabled.app_error"}', None, LATER),
    ("mattermost", 400, "", b'{"id":"web.incoming_webhook.text.app_error"}', None, PERMANENT),
    ("mattermost", 307, "", b"", "redirected", PERMANENT),
    ("google_chat", 429, "", b'{"error":{"status":"RESOURCE_EXHAUSTED"}}', None, LATER),
    ("google_chat", 403, "", b'{"error":{"status":"PERMISSION_DENIED"}}', None, LATER),
    ("google_chat", 400, "", b'{"error":{"status":"INVALID_ARGUMENT"}}', "http_400", PERMANENT),
    ("telegram", 400, "", MOVED, "chat_moved", PERMANENT),
    (
        "telegram",
        400,
        "",
        b'{"ok":false,"description":"Bad Request: not enough rights to send text messages"}',
        "credentials_refused",
        LATER,
    ),
    ("telegram", 200, "", b'{"ok":false,"description":"Bad Request"}', "refused", PERMANENT),
    ("telegram", 401, "", b'{"ok":false,"description":"Unauthorized"}', None, LATER),
    ("ntfy", 429, "", b'{"code":42908,"http":429,"error":"limit reached"}', None, LATER),
    ("ntfy", 507, "", b'{"code":50701,"http":507}', "http_507", LATER),
    ("ntfy", 413, "", b'{"code":41301,"http":413}', "http_413", PERMANENT),
    ("apprise", 204, "", b"", "no_configuration", LATER),
    ("apprise", 424, "", b'{"error":"One or more notification could not be sent."}', None, LATER),
    ("apprise", 302, "", b"", "redirected", PERMANENT),
    ("sms", 201, "", b'{"sid":"SM1","status":"failed","error_code":30007}', "refused", PERMANENT),
    ("sms", 429, "", b'{"code":20429,"status":429}', "rate_limited", LATER),
    ("sms", 401, "", b'{"code":20003,"status":401}', "credentials_refused", LATER),
    ("webhook", 429, "Wed, 21 Oct 2099 07:28:00 GMT", b"", "rate_limited", LATER),
    ("webhook", 503, "30, 60", b"", "http_503", LATER),
    ("webhook", 307, "", b"", "redirected", PERMANENT),
]


@pytest.mark.parametrize(("kind", "status", "wait", "body", "code", "then"), REPLIES)
def test_a_reply_of_a_vendor_is_understood(
    kind: str, status: int, wait: str, body: bytes, code: str | None, then: str
) -> None:
    headers = {"retry-after": wait} if wait else {}
    with pytest.raises(SendError) as raised:
        HTTP[kind].accept(HttpReply(status, headers, body))
    found = raised.value
    assert code is None or found.code == code
    assert (found.is_permanent, found.is_gone) == (then != LATER, then == GONE)


# Markup and mentions of every system, what JSON escapes, and a text from right to left.
HOSTILE = {
    "markup": "@everyone <!channel> <@U1> <users/all> [a](https://e.example) `x` |*_~ & ",
    "escaped": '"\\\n',
    "arabic": "انقطاع الخدمة «البطاقات» & <ب> \u200f",
}


def _slack(body: Any) -> int:  # noqa: ANN401  # JSON
    return max(utf16_length(each["text"]["text"]) for each in body["blocks"] if "text" in each)


def _discord(body: Any) -> int:  # noqa: ANN401  # JSON
    (embed,) = body["embeds"]
    fields = [text for each in embed["fields"] for text in (each["name"], each["value"])]
    texts = [embed["title"], embed["description"], embed["footer"]["text"], *fields]
    return sum(map(utf16_length, texts))


# What is counted in the JSON, and the most that the system documents.
MEASURES: Mapping[str, tuple[Callable[[Any], int], int]] = {
    "slack": (_slack, 3_000),
    "discord": (_discord, 6_000),
    "mattermost": (lambda body: len(body["text"]), 16_383),
    "google_chat": (lambda body: len(body["text"].encode()), 32_000),
    "telegram": (lambda body: utf16_length(body["text"]), 4_096),
    "ntfy": (lambda body: len(body["message"].encode()), 4_096),
}
BYTES = {"ntfy": 8_192, "teams": 28_000, "webhook": 20_000}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", HTTP)
def test_a_hostile_text_is_within_the_limits_and_mentions_nobody(kind: str, hostile: str) -> None:
    text = HOSTILE[hostile] * 3_000
    message = make_message(text, headline=HOSTILE[hostile].strip() * 3)
    content = HTTP[kind].build(message, recipient(), KEY).content
    assert len(content) <= BYTES.get(kind, len(content))
    if kind == "sms":
        assert fits_two_segments(parse_qs(content.decode())["Body"][0])
        return
    body = json.loads(content)
    if kind in MEASURES:
        measure, most = MEASURES[kind]
        assert measure(body) <= most
    if kind == "slack":
        assert "<!channel>" not in body["text"]
    if kind == "mattermost":
        assert "@everyone" not in body["text"]
        assert "<!channel>" not in body["text"]
    if kind == "google_chat":
        assert "<users/all>" not in body["text"]
    if kind == "discord":
        assert body["allowed_mentions"] == {"parse": []}
