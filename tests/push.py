"""A browser's push subscription, and an installation that offers Web Push."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.net.push_encryption import encode_base64url, generate_vapid_key, public_key_of
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.web_push import KeyPair, switch_on
from tests.cast import Backend

__all__ = ["AUTH", "browser_values", "new_keys", "offer_push"]

# The authentication secret of every browser here.
AUTH = b"sixteen byte key"


def new_keys() -> KeyPair:
    """A new key pair of an installation."""
    private = generate_vapid_key()
    return KeyPair(private, public_key_of(private))


def offer_push(backend: Backend, secret_box: SecretBox) -> None:
    """Let visitors subscribe with their browsers."""
    with backend.writing() as ctx:
        switch_on(ctx, secret_box, new_keys)


def browser_values(
    host: str = "fcm.googleapis.com", key: ec.EllipticCurvePrivateKey | None = None
) -> dict[str, str]:
    """What a browser states of its subscription, with a new key unless one is given."""
    point = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
    encoded = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {
        "endpoint": f"https://{host}/fcm/send/secretpart",
        "p256dh": encode_base64url(encoded),
        "auth": encode_base64url(AUTH),
    }
