"""What goes to a browser and comes back, and what is kept of people: only we can make it."""

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import UnavailableError

__all__ = ["BrowserBox", "SecretBox"]

_NONCE = 12
_CHALLENGE_NONCE = 16
_TIME = 8


class SecretBox:
    """AES-256-GCM with a key derived (HKDF) from FYR_SECRET_KEY, which `key` gives when asked."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        self._cipher: AESGCM | None = None

    def seal(self, secret: str, about: str) -> str:
        """The secret, to be kept. `about` is what it belongs to: it opens only there."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._opened().encrypt(nonce, secret.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """The secret again. Raises UnavailableError when FYR_SECRET_KEY is another one by now."""
        raw = base64.b64decode(sealed)
        try:
            plain = self._opened().decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except InvalidTag:
            raise UnavailableError(
                "A kept secret cannot be read: it was sealed with another FYR_SECRET_KEY."
            ) from None
        return plain.decode()

    def _opened(self) -> AESGCM:
        if self._cipher is None:
            derive = HKDF(SHA256(), 32, salt=None, info=b"fyr source secrets")
            self._cipher = AESGCM(derive.derive(self._key()))
        return self._cipher


@dataclass(frozen=True, slots=True)
class BrowserBox:
    """Keys for one purpose, made from the installation's secret key."""

    _purpose: str
    _sealer: SecretBox = field(repr=False)
    _signing: bytes = field(repr=False)

    @classmethod
    def made_of(cls, secret_key: bytes, purpose: str) -> "BrowserBox":
        """The seal for a purpose; what one seals, another cannot open."""
        signing = HKDF(hashes.SHA256(), 32, None, f"fyr {purpose} sign".encode()).derive(secret_key)
        return cls(purpose, SecretBox(lambda: secret_key), signing)

    def close(self, text: str) -> str:
        """The text as nobody else can read it."""
        return self._sealer.seal(text, self._purpose)

    def open(self, sealed: str) -> str | None:
        """The text; None when it was not sealed with this key."""
        try:
            return self._sealer.open(sealed, self._purpose)
        except (UnavailableError, ValueError):
            return None

    def challenge(self, about: str, now: datetime) -> bytes:
        """Random bytes that nobody else can make; they know what they are about and since when."""
        begun = secrets.token_bytes(_CHALLENGE_NONCE) + int(now.timestamp()).to_bytes(_TIME)
        return begun + self._mark(begun, about)

    def is_ours(self, challenge: bytes, about: str, now: datetime, lasts: timedelta) -> bool:
        """Whether we made this challenge about that, not longer ago than it `lasts`."""
        begun, mark = challenge[: _CHALLENGE_NONCE + _TIME], challenge[_CHALLENGE_NONCE + _TIME :]
        if len(begun) < _CHALLENGE_NONCE + _TIME or not hmac.compare_digest(
            mark, self._mark(begun, about)
        ):
            return False
        made_at = datetime.fromtimestamp(int.from_bytes(begun[_CHALLENGE_NONCE:]), UTC)
        return timedelta(seconds=-1) <= now - made_at <= lasts

    def _mark(self, begun: bytes, about: str) -> bytes:
        return hmac.digest(self._signing, begun + about.encode(), "sha256")
