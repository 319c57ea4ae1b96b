"""A browser's push subscription, and an installation that offers Web Push."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.channels import CHANNELS
from app.net.push_encryption import encode_base64url
from app.usecases.encryption import SecretBox
from app.usecases.subscribers.channel_settings import ChannelChange, edit_channel
from tests.cast import Backend

__all__ = ["AUTH", "browser_values", "offer_push"]

# The authentication secret of every browser here.
AUTH = b"sixteen byte key"


def offer_push(backend: Backend, secret_box: SecretBox) -> None:
    """Let visitors subscribe with their browsers."""
    with backend.writing() as ctx:
        edit_channel(ctx, secret_box, "web_push", ChannelChange(is_enabled=True), CHANNELS)


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
