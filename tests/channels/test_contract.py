"""What every channel over HTTP does with the replies of its receiving system, over the registry."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.channels import CHANNELS
from app.net.http_channel import HttpChannel
from app.ports.channel import HttpReply, MailConnection, Receipt, SendError
from tests.channels.messages import KEY, SECRETS, make_message, recipient

HTTP = {kind: each for kind, each in CHANNELS.items() if isinstance(each, HttpChannel)}

# The replies of each system to a message that it took, and to one for a room that is no more.
TAKEN: Mapping[str, tuple[int, bytes, str | None]] = {
    "apprise": (200, b"{}", None),
    "discord": (200, b'{"id":"1099"}', "1099"),
    "google_chat": (200, b'{"name":"spaces/A/messages/B"}', None),
    "mattermost": (200, b"ok", None),
    "ntfy": (200, b'{"id":"x","event":"message"}', None),
    "slack": (200, b"ok", None),
    "sms": (201, b'{"sid":"SM1"}', "SM1"),
    "teams": (202, b"", None),
    "telegram": (200, b'{"ok":true,"result":{"message_id":815}}', "815"),
    "webhook": (204, b"", None),
}
GONE: Mapping[str, tuple[int, bytes]] = {
    "discord": (404, b'{"message":"Unknown Webhook","code":10015}'),
    "google_chat": (404, b"{}"),
    "mattermost": (404, b""),
    "slack": (404, b"no_service"),
    "sms": (400, b'{"code":21610}'),
    "teams": (404, b""),
    "telegram": (403, b'{"ok":false,"description":"Forbidden: bot was kicked from the group"}'),
    "webhook": (410, b""),
}
# Replies of any system, or of what stands in its place: proxies, parked domains, attackers.
HOSTILE = [
    b"",
    b"null",
    b"[" * 60_000,
    b'{"ok":' * 10_000,
    b'{"retry_after":1e999,"parameters":{"retry_after":NaN}}',
    b'{"retry_after":%(n)s,"parameters":{"retry_after":%(n)s}}' % {b"n": b"9" * 400},
    b'{"retry_after":true,"parameters":[],"result":[],"error":{"a":1},"description":5}',
    b"<html>\x00\xff\xfe" + b"x" * 60_000,
]


class Replying:
    """A way out on which every request gets the same reply."""

    def __init__(self, reply: HttpReply) -> None:
        self.reply = reply
        self.urls: list[str] = []

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],  # of the protocol
        timeout_seconds: float = 20.0,  # of the protocol
    ) -> HttpReply:
        if headers["content-type"].startswith("application/json"):
            json.loads(content)
        self.urls.append(url)
        return self.reply

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        raise NotImplementedError

    def mail(self) -> AbstractAsyncContextManager[MailConnection]:
        raise NotImplementedError


def send(kind: str, reply: HttpReply) -> Receipt:
    async def sending() -> Receipt:
        async with HTTP[kind].open(Replying(reply), {}) as sender:
            return await sender.send(make_message(), recipient(), KEY)

    return asyncio.run(sending())


def outcome(kind: str, reply: HttpReply) -> Receipt | SendError:
    try:
        return send(kind, reply)
    except SendError as error:
        return error


def failure(
    kind: str, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> SendError:
    with pytest.raises(SendError) as raised:
        send(kind, HttpReply(status, headers or {}, body))
    return raised.value


@pytest.mark.parametrize("kind", HTTP)
def test_a_message_that_was_taken_has_the_id_of_the_receiving_system(kind: str) -> None:
    status, body, external_id = TAKEN[kind]
    assert send(kind, HttpReply(status, {}, body)).external_id == external_id


@pytest.mark.parametrize("kind", GONE)
def test_a_recipient_that_is_no_more_is_gone(kind: str) -> None:
    found = failure(kind, *GONE[kind])
    assert (found.is_gone, found.is_permanent) == (True, True)


@pytest.mark.parametrize("kind", HTTP)
def test_too_many_requests_wait_as_long_as_the_reply_says(kind: str) -> None:
    found = failure(kind, 429, headers={"retry-after": "37"})
    assert (found.is_permanent, found.retry_after) == (False, 37.0)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("discord", b'{"retry_after":2.5}'),
        ("telegram", b'{"ok":false,"parameters":{"retry_after":3}}'),
    ],
)
def test_the_wait_in_the_body_has_precedence(kind: str, body: bytes) -> None:
    found = failure(kind, 429, body, headers={"retry-after": "900"})
    assert found.retry_after is not None
    assert found.retry_after <= 3.0


@pytest.mark.parametrize("kind", [each for each in HTTP if each != "webhook"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_never_ends_a_room(kind: str, status: int) -> None:
    found = failure(kind, status)
    assert (found.code, found.is_permanent, found.is_gone) == ("credentials_refused", False, False)


@pytest.mark.parametrize("kind", HTTP)
def test_a_redirect_is_a_failure(kind: str) -> None:
    assert failure(kind, 301, headers={"location": "https://elsewhere.example/"}).is_permanent


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("status", [200, 400, 404, 429, 500])
def test_any_body_of_a_reply_is_a_receipt_or_a_failure(kind: str, status: int) -> None:
    for body in HOSTILE:
        found = outcome(kind, HttpReply(status, {}, body))
        stored = found.detail if isinstance(found, SendError) else found.external_id
        assert len(stored or "") <= 500


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(sorted(HTTP)),
    status=st.integers(100, 599),
    body=st.binary(max_size=200),
    wait=st.text(max_size=30),
)
def test_nothing_but_a_send_error_escapes(kind: str, status: int, body: bytes, wait: str) -> None:
    found = outcome(kind, HttpReply(status, {"retry-after": wait, "date": wait}, body))
    stated = found.retry_after if isinstance(found, SendError) else None
    assert stated is None or 0 <= stated <= 21_600


@pytest.mark.parametrize("kind", HTTP)
def test_a_failure_shows_no_secret_of_the_recipient(kind: str) -> None:
    echo = " ".join(SECRETS.values()).encode()
    found = failure(kind, 500, echo + b" /T0SECRET99/ ABC-secret-token")
    text = f"{found!r} {found}"
    hidden = [*SECRETS.values(), "T0SECRET99", "ABC-secret-token"]
    assert [each for each in hidden if each in text] == []


@pytest.mark.parametrize("kind", HTTP)
def test_a_recipient_shows_no_secret(kind: str) -> None:
    request = HTTP[kind].build(make_message(), recipient(), KEY)
    text = f"{recipient()!r} {replace(request, content=b'')!r}"
    assert [each for each in SECRETS.values() if each in text] == []


@pytest.mark.parametrize("kind", HTTP)
def test_an_empty_form_is_refused_beside_a_field_that_it_has(kind: str) -> None:
    problems = HTTP[kind].check({})
    assert problems
    assert set(problems) <= {each.name for each in HTTP[kind].fields}


@pytest.mark.parametrize("kind", HTTP)
def test_control_characters_are_refused_in_every_field(kind: str) -> None:
    channel = HTTP[kind]
    problems = channel.check({each.name: "https://a.example/\u202ex\n" for each in channel.fields})
    assert {each.code for each in problems.values()} == {"control_characters"}


@pytest.mark.parametrize("kind", HTTP)
def test_an_address_with_user_information_is_refused(kind: str) -> None:
    urls = [each.name for each in HTTP[kind].fields if each.is_url]
    problems = HTTP[kind].check(dict.fromkeys(urls, "https://user:pass@hooks.example.net/"))
    assert {problems[name].code for name in urls} <= {"not_a_url"}
