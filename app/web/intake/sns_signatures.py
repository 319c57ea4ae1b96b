"""Signatures of Amazon SNS: verification of a message with the signing certificate of its topic.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages", and
monitors/README.md section 1, finding 11.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import (
    Certificate,
    load_der_x509_certificate,
    load_pem_x509_certificate,
    load_pem_x509_certificates,
)

from app.domain.errors import UnavailableError
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.payloads.strict_json import parse_json
from app.ports.monitor import MalformedPayloadError
from app.web.intake.sns_certificates import (
    Roots,
    amazon_roots,
    has_trusted_chain,
    is_certificate_url,
    is_confirmation_url,
    issuer_url,
)

__all__ = ["Fetch", "SnsCertificates", "fetch_through", "subscribe_url"]

_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 65_536


Fetch = Callable[[str], Awaitable[bytes]]

_CACHE_SIZE = 20
# SNS sends the certificate without its issuers: an intermediate, and at most a cross-signed root.
_MAX_ISSUERS = 3
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


def subscribe_url(body: bytes, topics: object) -> str | None:
    """Return the URL that confirms a subscription to an allowed topic, None if there is none."""
    message = _message(body)
    url, topic = message.get("SubscribeURL"), message.get("TopicArn")
    is_allowed = isinstance(topics, list | tuple) and topic in topics
    is_confirmation = message.get("Type") == "SubscriptionConfirmation"
    is_right = is_confirmation and is_allowed and is_confirmation_url(url, topic)
    return str(url) if is_right else None


class SnsCertificates:
    """Cache of Amazon's signing keys by certificate URL, and verification with them.

    The chain of a signing certificate has to end at one of `roots`.
    """

    def __init__(self, fetch: Fetch, roots: Roots = amazon_roots) -> None:
        self._fetch = fetch
        self._roots = roots
        self._keys: dict[str, tuple[RSAPublicKey, datetime]] = {}

    async def verify(self, body: bytes, topics: object, now: datetime) -> bool:
        """Whether Amazon signed the message and its topic is one of `topics`.

        Raises UnavailableError if the certificate cannot be fetched now; SNS then retries.
        """
        # In a thread: nothing is known about the sender yet, and the body can have a megabyte.
        message = await asyncio.to_thread(_message, body)
        topic = message.get("TopicArn")
        if not isinstance(topics, list | tuple) or topic not in topics:
            return False
        names = _SIGNED_FIELDS.get(str(message.get("Type")))
        url, version = message.get("SigningCertURL"), str(message.get("SignatureVersion"))
        if names is None or version not in _HASHES or not is_certificate_url(url, topic):
            return False
        key = await self._signing_key(str(url), str(topic), now)
        if key is None:
            return False
        try:
            signature = base64.b64decode(str(message.get("Signature")), validate=True)
            key.verify(signature, _canonical(message, names), PKCS1v15(), _HASHES[version]())
        except (binascii.Error, InvalidSignature, ValueError):
            return False
        return True

    async def _signing_key(self, url: str, topic: str, now: datetime) -> RSAPublicKey | None:
        cached = self._keys.get(url)
        if cached is not None and now < cached[1]:
            return cached[0]
        certificate = await self._signing_certificate(url, topic, now)
        if certificate is None:
            return None
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            return None
        while len(self._keys) >= _CACHE_SIZE:
            self._keys.pop(next(iter(self._keys)))
        self._keys[url] = (key, certificate.not_valid_after_utc)
        return key

    async def _signing_certificate(self, url: str, topic: str, now: datetime) -> Certificate | None:
        """The certificate at `url`; None when its chain or its name is not Amazon's."""
        try:
            leaf, *others = load_pem_x509_certificates(await self._fetched(url))
            if len(others) > _MAX_ISSUERS:
                return None
            for _ in range(_MAX_ISSUERS + 1):
                # In a thread: it reads the trusted roots and verifies signatures.
                if await asyncio.to_thread(
                    has_trusted_chain, leaf, others, topic=topic, roots=self._roots, now=now
                ):
                    return leaf
                issuer = issuer_url(others[-1] if others else leaf)
                if issuer is None:
                    return None
                others.append(_certificate(await self._fetched(issuer)))
        except ValueError:
            return None
        return None

    async def _fetched(self, url: str) -> bytes:
        try:
            return await self._fetch(url)
        except OutboundError as error:
            raise UnavailableError(
                "The certificate of the signer cannot be fetched now."
            ) from error


def _certificate(data: bytes) -> Certificate:
    """Parse a certificate in PEM or DER. Raises ValueError."""
    is_pem = data.lstrip().startswith(b"-----BEGIN")
    return (load_pem_x509_certificate if is_pem else load_der_x509_certificate)(data)


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
