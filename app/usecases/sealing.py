"""Secrets that must be read again, sealed so that the database alone gives none of them away."""

import base64
import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import UnavailableError

__all__ = ["Sealer"]

_NONCE = 12


class Sealer:
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
