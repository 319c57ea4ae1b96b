"""Web Push: notifications of browsers (RFC 8030, 8291 and 8292).

The address of a browser is the host of its push service, which the browser chose; only
hosts of known push services are accepted (app.domain.notifications.push_hosts).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.domain.notifications.events import NoticeEvent
from app.domain.notifications.retries import PUSH_RETRIES, RetrySchedule
from app.domain.texts.phrases import N_
from app.net.http_channel import check_reply, cut, host_of
from app.net.push_encryption import (
    LONGEST_PLAINTEXT,
    encode_base64url,
    encrypt,
    generate_vapid_key,
    public_key_of,
    read_user_agent_keys,
)
from app.ports.channel import (
    ChannelKeys,
    FailureScope,
    Field,
    FieldProblem,
    Message,
    Outbound,
    Receipt,
    Recipient,
    SendError,
)
from app.ports.clock import Clock, system_clock

__all__ = ["CHANNEL", "WebPush", "push_document"]

# RFC 8292, section 2: at most 24 hours. One token serves all messages to a push service.
_TOKEN_LIFETIME = timedelta(hours=12)
_LONGEST_BODY = 300
_DAY, _HOUR = 86_400, 3_600
# RFC 8030, section 5.4: a topic has at most 32 characters of base64url.
_TOPIC_BYTES = 18
# What platforms show of a fact before the text of an update.
_LONGEST_FACT = 60
# Of these events the planned time matters more than the text.
_PLANS = frozenset(
    {
        NoticeEvent.MAINTENANCE_SCHEDULED,
        NoticeEvent.MAINTENANCE_CHANGED,
        NoticeEvent.MAINTENANCE_REMINDER,
    }
)
_URGENT = frozenset({NoticeEvent.INCIDENT_OPENED, NoticeEvent.INCIDENT_RESOLVED})
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class WebPush:
    """The channel. `clock` gives the time from which a token is valid."""

    clock: Clock = system_clock
    kind: str = "web_push"
    name: str = "Web Push"
    is_room: bool = False
    retries: RetrySchedule = PUSH_RETRIES
    fields: Sequence[Field] = (
        Field("endpoint", N_("Endpoint"), is_secret=True, is_url=True),
        Field("p256dh", N_("Public key of the browser"), is_secret=True),
        Field("auth", N_("Authentication secret of the browser"), is_secret=True),
    )

    def generate_keys(self) -> ChannelKeys:
        """The key pair that identifies the installation to push services (VAPID)."""
        private = generate_vapid_key()
        return ChannelKeys({"public_key": public_key_of(private)}, {"vapid_key": private})

    def check(self, values: Mapping[str, str]) -> Mapping[str, FieldProblem]:
        """Return the validation errors by field, empty when the values are valid."""
        endpoint = values.get("endpoint", "")
        if not host_of(endpoint) or urlsplit(endpoint).scheme != "https":
            return {"endpoint": FieldProblem("not_a_url", "This is not an https address.")}
        if urlsplit(endpoint).port is not None:
            return {"endpoint": FieldProblem("has_port", "A push service has no port of its own.")}
        try:
            read_user_agent_keys(values.get("p256dh", ""), values.get("auth", ""))
        except ValueError:
            return {"p256dh": FieldProblem("not_a_key", "These are not the keys of a browser.")}
        return {}

    def address(self, values: Mapping[str, str]) -> str:
        """Return the host of the push service."""
        return host_of(values.get("endpoint", ""))

    @asynccontextmanager
    async def open(
        self, outbound: Outbound, options: Mapping[str, Any]
    ) -> AsyncIterator["_PushSender"]:
        """Open a sender. `options` has `vapid_key`, the private key of this installation in PEM,
        and `contact`, the address that a push service may write to.
        """
        yield _PushSender(outbound, options["vapid_key"], options["contact"], self.clock)


@dataclass(slots=True)
class _PushSender:
    """Sends messages to push services, with one token for each of them."""

    _outbound: Outbound
    _vapid_key: str = field(repr=False)
    _contact: str
    _clock: Callable[[], datetime]
    _tokens: dict[str, tuple[datetime, str]] = field(default_factory=dict, repr=False)

    async def send(self, message: Message, to: Recipient, key: str) -> Receipt:
        """Send `message`. Raises SendError, nothing else."""
        endpoint = to.secrets["endpoint"]
        try:
            p256dh, auth = read_user_agent_keys(to.secrets["p256dh"], to.secrets["auth"])
        except ValueError:
            raise SendError("not_a_key", is_permanent=True, is_gone=True) from None
        reply = await self._outbound.post(
            endpoint,
            content=encrypt(push_document(message, key), p256dh, auth),
            headers={
                "content-type": "application/octet-stream",
                "content-encoding": "aes128gcm",
                "ttl": str(_HOUR if message.event is NoticeEvent.MAINTENANCE_REMINDER else _DAY),
                "urgency": "high" if message.event in _URGENT else "normal",
                "topic": _topic(message.thread),
                "authorization": self._authorization(endpoint),
            },
        )
        # A reply may quote the endpoint, which is a secret.
        detail = str(reply.status)
        if reply.status in _REFUSED:
            raise SendError("vapid_refused", detail, scope=FailureScope.LANE)
        try:
            check_reply(reply, gone=(404, 410), temporary=())
        except SendError as error:
            error.detail = detail
            raise
        return Receipt()

    def _authorization(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        origin, now = f"{parts.scheme}://{parts.netloc}", self._clock()
        until, value = self._tokens.get(origin, (now, ""))
        if until <= now:
            until, value = now + _TOKEN_LIFETIME, self._token(origin, now + 2 * _TOKEN_LIFETIME)
            self._tokens[origin] = (until, value)
        return value

    def _token(self, origin: str, expires_at: datetime) -> str:
        # Imported here, because only the worker sends and the library is slow to import.
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.jwk import ECKey  # noqa: PLC0415

        # A minute less than 24 hours: the clock of the push service may be behind.
        claims = {
            "aud": origin,
            "exp": int(expires_at.timestamp()) - 60,
            "sub": self._contact,
        }
        signed = jwt.encode(
            {"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(self._vapid_key)
        )
        return f"vapid t={signed}, k={public_key_of(self._vapid_key)}"


def _topic(thread: str) -> str:
    """The topic of a thread: a device that was off gets its newest message only."""
    return encode_base64url(hashlib.sha256(thread.encode()).digest()[:_TOPIC_BYTES])


def push_document(message: Message, key: str) -> bytes:
    """The JSON that the service worker shows, within the limit of push services.

    What matters comes first, since platforms show about 120 characters of a body: the planned time
    of a maintenance, then the text, and last the note that it is foreign.
    """
    card = message.card
    body, title = cut(card.body, _LONGEST_BODY), cut(message.title, _LONGEST_BODY)
    facts = card.fact_lines if message.event in _PLANS else ()
    lines = (*(cut(each, _LONGEST_FACT) for each in facts), body, card.note)
    direction = "rtl" if message.is_right_to_left else "ltr"
    content = {
        "id": key,
        "title": title,
        "body": "\n".join(line for line in lines if line),
        "lang": message.language,
        # Title and body may be in languages of different directions.
        "dir": "auto" if message.is_foreign else direction,
        "tag": message.thread,
        "renotify": message.event in _URGENT,
        "url": card.url,
    }
    encoded = json.dumps(content, ensure_ascii=False).encode()
    if len(encoded) > LONGEST_PLAINTEXT:
        shorter = {**content, "title": cut(title, 80), "body": cut(body, 80)}
        encoded = json.dumps(shorter, ensure_ascii=False).encode()
    return encoded


CHANNEL = WebPush()
