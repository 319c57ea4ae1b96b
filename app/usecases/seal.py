"""What goes to a browser and comes back, and what is kept of people: only we can make it."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import UnavailableError
from app.usecases.sealing import Sealer

__all__ = ["Seal"]

_NONCE = 16
_TIME = 8


@dataclass(frozen=True, slots=True)
class Seal:
    """Keys for one purpose, made from the installation's secret key."""

    _purpose: str
    _sealer: Sealer = field(repr=False)
    _signing: bytes = field(repr=False)

    @classmethod
    def made_of(cls, secret_key: bytes, purpose: str) -> "Seal":
        """The seal for a purpose; what one seals, another cannot open."""
        signing = HKDF(hashes.SHA256(), 32, None, f"fyr {purpose} sign".encode()).derive(secret_key)
        return cls(purpose, Sealer(lambda: secret_key), signing)

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
        begun = secrets.token_bytes(_NONCE) + int(now.timestamp()).to_bytes(_TIME)
        return begun + self._mark(begun, about)

    def is_ours(self, challenge: bytes, about: str, now: datetime, lasts: timedelta) -> bool:
        """Whether we made this challenge about that, not longer ago than it `lasts`."""
        begun, mark = challenge[: _NONCE + _TIME], challenge[_NONCE + _TIME :]
        if len(begun) < _NONCE + _TIME or not hmac.compare_digest(mark, self._mark(begun, about)):
            return False
        made_at = datetime.fromtimestamp(int.from_bytes(begun[_NONCE:]), UTC)
        return timedelta(seconds=-1) <= now - made_at <= lasts

    def _mark(self, begun: bytes, about: str) -> bytes:
        return hmac.digest(self._signing, begun + about.encode(), "sha256")
