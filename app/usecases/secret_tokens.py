"""Secret tokens: random values given out once, of which only the hash is stored."""

import hashlib
import secrets

__all__ = ["digest", "fresh_secret"]


def fresh_secret() -> str:
    """256 random bits as a text that fits into a URL and a cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """The SHA-256 hash that is stored. One round is enough, since the secret is random."""
    return hashlib.sha256(secret.encode()).hexdigest()
