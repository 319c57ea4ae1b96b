"""Encryption with keys derived from FYR_SECRET_KEY: of stored secrets, and of browser values."""

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import UnavailableError

__all__ = ["BrowserBox", "SecretBox"]

_KEY_BYTES = 32
_NONCE_BYTES = 12
_CHALLENGE_NONCE_BYTES = 16
_TIMESTAMP_BYTES = 8


class SecretBox:
    """AES-256-GCM for stored secrets. `key` is called for FYR_SECRET_KEY at the first use."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        self._cipher: AESGCM | None = None

    def encrypt(self, secret: str, about: str) -> str:
        """The secret in encrypted form. `about` names the record that it belongs to: decryption
        with another name fails.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encrypted = self._derived().encrypt(nonce, secret.encode(), about.encode())
        return base64.b64encode(nonce + encrypted).decode()

    def decrypt(self, encrypted: str, about: str) -> str:
        """The secret. Raises UnavailableError when FYR_SECRET_KEY has changed since."""
        raw = base64.b64decode(encrypted)
        try:
            plain = self._derived().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise UnavailableError(
                "A kept secret cannot be read: it was sealed with another FYR_SECRET_KEY."
            ) from None
        return plain.decode()

    def _derived(self) -> AESGCM:
        if self._cipher is None:
            derivation = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"fyr source secrets")
            self._cipher = AESGCM(derivation.derive(self._key()))
        return self._cipher


@dataclass(frozen=True, slots=True)
class BrowserBox:
    """Encryption and signed challenges for values that browsers hold, with keys of one purpose."""

    _purpose: str
    _secret_box: SecretBox = field(repr=False)
    _signing_key: bytes = field(repr=False)

    @classmethod
    def for_purpose(cls, secret_key: bytes, purpose: str) -> "BrowserBox":
        """The box of a purpose; what it encrypts, the box of another purpose cannot decrypt."""
        derivation = HKDF(SHA256(), _KEY_BYTES, None, f"fyr {purpose} sign".encode())
        return cls(purpose, SecretBox(lambda: secret_key), derivation.derive(secret_key))

    def encrypt(self, text: str) -> str:
        """The text in encrypted form."""
        return self._secret_box.encrypt(text, self._purpose)

    def decrypt(self, encrypted: str) -> str | None:
        """The text; None when this box did not encrypt it."""
        try:
            return self._secret_box.decrypt(encrypted, self._purpose)
        except (UnavailableError, ValueError):
            return None

    def create_challenge(self, about: str, now: datetime) -> bytes:
        """A random challenge with its time and a signature over it and `about`.

        The signature makes it verifiable without storing it.
        """
        nonce = secrets.token_bytes(_CHALLENGE_NONCE_BYTES)
        signed = nonce + int(now.timestamp()).to_bytes(_TIMESTAMP_BYTES)
        return signed + self._signature(signed, about)

    def verify_challenge(
        self, challenge: bytes, about: str, now: datetime, max_age: timedelta
    ) -> bool:
        """Whether this box created the challenge for `about` within the last `max_age`."""
        length = _CHALLENGE_NONCE_BYTES + _TIMESTAMP_BYTES
        signed, signature = challenge[:length], challenge[length:]
        if len(signed) < length or not hmac.compare_digest(
            signature, self._signature(signed, about)
        ):
            return False
        timestamp = int.from_bytes(signed[_CHALLENGE_NONCE_BYTES:])
        age = now - datetime.fromtimestamp(timestamp, UTC)
        # The timestamp is rounded down to a second, so a clock of ours can be one second behind.
        return timedelta(seconds=-1) <= age <= max_age

    def _signature(self, signed: bytes, about: str) -> bytes:
        return hmac.digest(self._signing_key, signed + about.encode(), "sha256")
