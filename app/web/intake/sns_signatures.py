"""Signatures of Amazon SNS: the allowed certificate URLs, and verification of a message.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages", and
monitors/README.md section 1, finding 11.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from app.domain.errors import UnavailableError
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.payloads.strict_json import parse_json
from app.ports.monitor import MalformedPayloadError

__all__ = ["Fetch", "SnsCertificates", "fetch_through", "is_sns_url", "subscribe_url"]

_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 65_536


Fetch = Callable[[str], Awaitable[bytes]]

_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_CACHE_SIZE = 20
_HASHES: Mapping[str, Callable[[], HashAlgorithm]] = {"1": SHA1, "2": SHA256}
_SIGNED_FIELDS: Mapping[str, Sequence[str]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_SIGNED_FIELDS = {
    **_SIGNED_FIELDS,
    "UnsubscribeConfirmation": _SIGNED_FIELDS["SubscriptionConfirmation"],
}


def fetch_through(guard: Guard) -> Fetch:
    """A GET through `guard` that follows no redirect. Raises OutboundError."""

    async def fetch(url: str) -> bytes:
        # In a thread: importing the client takes long, and the event loop serves visitors.
        client = await asyncio.to_thread(_client)
        limits = client.Limits(_MAX_BYTES, _TIMEOUT_SECONDS, follow_redirects=False)
        body: bytes = await client.fetch(url, guard=guard, limits=limits)
        return body

    return fetch


def _client() -> ModuleType:
    from app.net import client

    return client


def is_sns_url(url: object) -> bool:
    """Whether `url` is an HTTPS URL on a host of Amazon SNS, without credentials or other port."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        is_plain = parts.port in {None, 443} and parts.username is None and parts.password is None
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and is_plain and _HOST.fullmatch(host) is not None


def subscribe_url(body: bytes, topics: object) -> str | None:
    """Return the URL that confirms a subscription to an allowed topic, None if there is none."""
    message = _message(body)
    url = message.get("SubscribeURL")
    is_allowed = isinstance(topics, list | tuple) and message.get("TopicArn") in topics
    is_confirmation = message.get("Type") == "SubscriptionConfirmation"
    return str(url) if is_confirmation and is_allowed and is_sns_url(url) else None


class SnsCertificates:
    """Cache of Amazon's signing keys by certificate URL, and verification with them."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._keys: dict[str, tuple[RSAPublicKey, datetime]] = {}

    async def verify(self, body: bytes, topics: object, now: datetime) -> bool:
        """Whether Amazon signed the message and its topic is one of `topics`.

        Raises UnavailableError if the certificate cannot be fetched now; SNS then retries.
        """
        # In a thread: nothing is known about the sender yet, and the body can have a megabyte.
        message = await asyncio.to_thread(_message, body)
        if not isinstance(topics, list | tuple) or message.get("TopicArn") not in topics:
            return False
        names = _SIGNED_FIELDS.get(str(message.get("Type")))
        url, version = message.get("SigningCertURL"), str(message.get("SignatureVersion"))
        if names is None or version not in _HASHES or not is_sns_url(url):
            return False
        key = await self._signing_key(str(url), now)
        if key is None:
            return False
        try:
            signature = base64.b64decode(str(message.get("Signature")), validate=True)
            key.verify(signature, _canonical(message, names), PKCS1v15(), _HASHES[version]())
        except (binascii.Error, InvalidSignature, ValueError):
            return False
        return True

    async def _signing_key(self, url: str, now: datetime) -> RSAPublicKey | None:
        cached = self._keys.get(url)
        if cached is not None and now < cached[1]:
            return cached[0]
        try:
            pem = await self._fetch(url)
        except OutboundError as error:
            raise UnavailableError("The signer's certificate cannot be had now.") from error
        try:
            certificate = load_pem_x509_certificate(pem)
            key = certificate.public_key()
        except ValueError:
            return None
        is_valid = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
        if not is_valid or not isinstance(key, RSAPublicKey):
            return None
        while len(self._keys) >= _CACHE_SIZE:
            self._keys.pop(next(iter(self._keys)))
        self._keys[url] = (key, certificate.not_valid_after_utc)
        return key


def _canonical(message: Mapping[str, Any], names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode(
        "utf-8", "surrogatepass"
    )


def _message(body: bytes) -> Mapping[str, Any]:
    # The reader of the adapter: a signature covers the values that are processed later.
    try:
        message = parse_json(body.decode("utf-8-sig"))
    except (MalformedPayloadError, UnicodeDecodeError):
        return {}
    return message if isinstance(message, dict) else {}
