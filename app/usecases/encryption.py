"""Encryption with keys derived from FYR_SECRET_KEY: of stored secrets, and of browser values."""

import base64
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.errors import UnavailableError

if TYPE_CHECKING:  # 10 MB: imported with the first secret
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["BrowserBox", "SecretBox", "key_fingerprint"]

_KEY_BYTES = 32
_NONCE_BYTES = 12
_CHALLENGE_NONCE_BYTES = 16
_TIMESTAMP_BYTES = 8
_FINGERPRINT_BYTES = 8


def key_fingerprint(key: bytes) -> str:
    """A hash by which two keys can be compared; it says nothing else about them."""
    return _derived(key, b"fyr key fingerprint", _FINGERPRINT_BYTES).hex()


def _derived(key: bytes, purpose: bytes, length: int = _KEY_BYTES) -> bytes:
    """A key for one purpose (HKDF, RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt=None, info=purpose).derive(key)


class SecretBox:
    """AES-256-GCM for stored secrets.

    `key` returns FYR_SECRET_KEY, which encrypts, and `former` the keys that still decrypt. They are
    called for each use, because `fyr key rotate` replaces the key while other processes run.
    """

    def __init__(
        self, key: Callable[[], bytes], former: Callable[[], Sequence[bytes]] = tuple
    ) -> None:
        self._key = key
        self._former = former
        self._ciphers: dict[bytes, AESGCM] = {}

    def encrypt(self, secret: str, about: str) -> str:
        """The secret in encrypted form. `about` names the record that it belongs to: decryption
        with another name fails.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encrypted = self._cipher(self._key()).encrypt(nonce, secret.encode(), about.encode())
        return base64.b64encode(nonce + encrypted).decode()

    def decrypt(self, encrypted: str, about: str) -> str:
        """The secret. Raises UnavailableError when none of the keys encrypted it."""
        plain = self._opened(self._key(), encrypted, about)
        for former in self._former() if plain is None else ():
            plain = self._opened(former, encrypted, about)
            if plain is not None:
                break
        if plain is None:
            raise UnavailableError(
                "A stored secret cannot be decrypted: it was encrypted with another FYR_SECRET_KEY."
            )
        return plain

    def renewed(self, encrypted: str, about: str) -> str | None:
        """The secret encrypted with the present key; None when it is so already.

        Raises UnavailableError when none of the keys encrypted it.
        """
        if self._opened(self._key(), encrypted, about) is not None:
            return None
        return self.encrypt(self.decrypt(encrypted, about), about)

    def _opened(self, key: bytes, encrypted: str, about: str) -> str | None:
        from cryptography.exceptions import InvalidTag

        raw = base64.b64decode(encrypted)
        nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        try:
            return self._cipher(key).decrypt(nonce, body, about.encode()).decode()
        except InvalidTag:
            return None

    def _cipher(self, key: bytes) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if key not in self._ciphers:
            self._ciphers[key] = AESGCM(_derived(key, b"fyr source secrets"))
        return self._ciphers[key]


@dataclass(frozen=True, slots=True)
class BrowserBox:
    """Encryption and signed challenges for values that browsers hold, with keys of one purpose."""

    _purpose: str
    _secret_box: SecretBox = field(repr=False)
    _signing_key: bytes = field(repr=False)

    @classmethod
    def for_purpose(
        cls, secret_key: bytes, purpose: str, former: Sequence[bytes] = ()
    ) -> "BrowserBox":
        """The box of a purpose; what it encrypts, the box of another purpose cannot decrypt.

        `former` keys decrypt, but do not verify challenges, which are valid for minutes only.
        """
        secret_box = SecretBox(lambda: secret_key, lambda: former)
        return cls(purpose, secret_box, _derived(secret_key, f"fyr {purpose} sign".encode()))

    def encrypt(self, text: str) -> str:
        """The text in encrypted form."""
        return self._secret_box.encrypt(text, self._purpose)

    def decrypt(self, encrypted: str) -> str | None:
        """The text; None when this box did not encrypt it."""
        try:
            return self._secret_box.decrypt(encrypted, self._purpose)
        except (UnavailableError, ValueError):
            return None

    def renewed(self, encrypted: str) -> str | None:
        """The text encrypted with the present key; None when it is so already.

        Raises UnavailableError when none of the keys encrypted it.
        """
        return self._secret_box.renewed(encrypted, self._purpose)

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
