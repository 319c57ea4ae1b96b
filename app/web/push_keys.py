"""The key pair that identifies an installation to push services (VAPID)."""

from app.net.push_encryption import generate_vapid_key, public_key_of
from app.usecases.subscribers.web_push import KeyPair

__all__ = ["new_key_pair"]


def new_key_pair() -> KeyPair:
    """A new key pair."""
    private = generate_vapid_key()
    return KeyPair(private, public_key_of(private))
