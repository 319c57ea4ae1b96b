"""Web Push: what a push service receives, and what its replies mean."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from app.channels.web_push import WebPush
from app.domain.notifications.events import NoticeEvent
from app.net.push_encryption import (
    decode_base64url,
    encode_base64url,
    generate_vapid_key,
    public_key_of,
)
from app.ports.channel import (
    FailureScope,
    HttpReply,
    MailConnection,
    Message,
    Recipient,
    SendError,
)
from tests.channels.decryption import decrypt
from tests.channels.messages import KEY, make_message

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
VAPID_KEY = generate_vapid_key()
BROWSER_KEY = ec.generate_private_key(ec.SECP256R1())
AUTH = b"sixteen byte key"
POINT = BROWSER_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAsecret"
TO = Recipient(
    subscriber_id="subscriber12",
    address="updates.push.services.mozilla.com",
    language="en",
    secrets={
        "endpoint": ENDPOINT,
        "p256dh": encode_base64url(POINT),
        "auth": encode_base64url(AUTH),
    },
)


class PushService:
    """A push service that answers every message with one status and remembers what it got."""

    def __init__(self, status: int = 201, body: bytes = b"") -> None:
        self.reply = HttpReply(status, {}, body)
        self.requests: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float = 20.0,  # of the protocol
    ) -> HttpReply:
        self.requests.append((url, content, headers))
        return self.reply

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        raise NotImplementedError

    def mail(self) -> AbstractAsyncContextManager[MailConnection]:
        raise NotImplementedError


def push(*messages: Message, service: PushService | None = None) -> PushService:
    service = service or PushService()
    options = {"vapid_key": VAPID_KEY, "contact": "mailto:status@example.net"}

    async def sending() -> None:
        async with WebPush(lambda: NOW).open(service, options) as sender:
            for message in messages:
                await sender.send(message, TO, KEY)

    asyncio.run(sending())
    return service


def shown(message: Message) -> dict[str, object]:
    """The JSON that the browser decrypts."""
    (_, content, _), *_ = push(message).requests
    decrypted: dict[str, object] = json.loads(decrypt(content, BROWSER_KEY, AUTH))
    return decrypted


def test_the_browser_decrypts_title_text_language_and_link() -> None:
    found = shown(make_message())
    assert found == {
        "id": KEY,
        "title": "Identified: Card payments fail",
        "body": "We are looking into failed payments.",
        "lang": "en",
        "dir": "ltr",
        "tag": "incident:abcdefghij12",
        "renotify": False,
        "url": "https://status.example.net/en/incidents/abcdefghij12",
    }


def test_a_text_of_a_right_to_left_language_says_so() -> None:
    assert shown(replace(make_message(), language="ar", is_right_to_left=True))["dir"] == "rtl"


def test_a_plan_begins_with_its_services_and_time() -> None:
    plain = make_message()
    facts = (
        "Affected services: " + "Payments, " * 20,
        "Planned time: Dec 1, 1:00\u2009–\u20092:00 PM UTC",
    )
    card = replace(plain.card, fact_lines=facts)
    event = NoticeEvent.MAINTENANCE_SCHEDULED
    services, time, text = str(shown(replace(plain, event=event, card=card))["body"]).split("\n")
    assert len(services) <= 60
    assert (time, text) == (facts[1], plain.card.body)


def test_a_foreign_text_comes_before_the_note_about_it_in_its_own_direction() -> None:
    foreign = replace(make_message(note="ليست هذه ترجمة."), is_right_to_left=True, is_foreign=True)
    found = shown(foreign)
    assert found["body"] == "We are looking into failed payments.\nليست هذه ترجمة."
    assert found["dir"] == "auto"


def test_a_long_text_fits_into_a_push_message() -> None:
    body = str(shown(make_message("🔥" * 60_000, headline="🔥" * 9_000))["body"])
    assert body.endswith("…")


def test_the_token_is_signed_for_the_origin_by_the_key_of_this_installation() -> None:
    (_, _, headers), *_ = push(make_message()).requests
    token, key = headers["authorization"].removeprefix("vapid t=").split(", k=")
    public = ECKey.import_key(VAPID_KEY)
    claims = jwt.decode(token, public, algorithms=["ES256"]).claims
    assert claims["aud"] == "https://updates.push.services.mozilla.com"
    assert claims["sub"] == "mailto:status@example.net"
    assert NOW.timestamp() < claims["exp"] <= (NOW + timedelta(days=1)).timestamp()
    assert key == public_key_of(VAPID_KEY)
    assert len(decode_base64url(key)) == 65


def test_one_token_serves_all_messages_to_a_push_service() -> None:
    requests = push(make_message(), make_message()).requests
    assert len({headers["authorization"] for _, _, headers in requests}) == 1


def test_the_beginning_and_the_end_of_an_incident_are_urgent() -> None:
    opened = replace(make_message(), event=NoticeEvent.INCIDENT_OPENED)
    (_, _, first), (_, _, second) = push(opened, make_message()).requests
    assert (first["urgency"], second["urgency"]) == ("high", "normal")


def test_the_topic_of_an_incident_fits_and_stays() -> None:
    (_, _, first), (_, _, second) = push(make_message(), make_message("Later")).requests
    assert first["topic"] == second["topic"]
    assert len(first["topic"]) <= 32


def refusal(status: int) -> SendError:
    with pytest.raises(SendError) as raised:
        push(make_message(), service=PushService(status, ENDPOINT.encode()))
    return raised.value


@pytest.mark.parametrize("status", [404, 410])
def test_push_404_forgets_the_device(status: int) -> None:
    found = refusal(status)
    assert (found.is_gone, found.is_permanent) == (True, True)


@pytest.mark.parametrize("status", [400, 413])
def test_a_message_that_is_refused_is_given_up(status: int) -> None:
    found = refusal(status)
    assert (found.is_gone, found.is_permanent) == (False, True)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_in_trouble_is_asked_again(status: int) -> None:
    assert not refusal(status).is_permanent


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_the_failure_of_the_lane(status: int) -> None:
    found = refusal(status)
    assert (found.scope, found.is_permanent) == (FailureScope.LANE, False)


def test_a_reply_that_quotes_the_endpoint_puts_no_secret_into_the_failure() -> None:
    found = refusal(500)
    assert "secret" not in f"{found!r} {found}"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"endpoint": "http://fcm.googleapis.com/x"}, "endpoint"),
        ({"endpoint": "https://fcm.googleapis.com:8443/x"}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"auth": "AAAA"}, "p256dh"),
        ({"p256dh": encode_base64url(b"\x04" + b"\x01" * 64)}, "p256dh"),
    ],
)
def test_what_no_browser_sends_is_refused(changed: Mapping[str, str], field: str) -> None:
    assert set(WebPush().check({**TO.secrets, **changed})) == {field}


def test_what_a_browser_sends_is_accepted() -> None:
    assert WebPush().check(TO.secrets) == {}
