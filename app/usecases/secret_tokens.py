"""Secrets that we hand out and know afterwards only by their hash."""

import hashlib
import secrets

__all__ = ["digest", "fresh_secret"]


def fresh_secret() -> str:
    """256 random bits that fit into a URL and a cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of such a secret; it is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
