"""Encryption of Web Push messages (RFC 8291, with the content coding of RFC 8188), and VAPID keys.

Written here because http-ece, the library for it, is published without a wheel: building it would
install packages that no lock file pins. The test vector of RFC 8291 is among the tests.
"""

import base64
import binascii
import hmac
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported with the first subscription of a browser
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = [
    "LONGEST_PLAINTEXT",
    "decode_base64url",
    "encode_base64url",
    "encrypt",
    "generate_vapid_key",
    "public_key_of",
    "read_user_agent_keys",
]

# RFC 8291, section 4: a push service takes 4,096 bytes at least.
_RECORD_SIZE = 4_096
_SALT_BYTES, _AUTH_BYTES, _POINT_BYTES, _TAG_BYTES = 16, 16, 65, 16
LONGEST_PLAINTEXT = _RECORD_SIZE - (_SALT_BYTES + 4 + 1 + _POINT_BYTES) - _TAG_BYTES - 1


def encrypt(
    plaintext: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    private_key: "ec.EllipticCurvePrivateKey | None" = None,
    salt: bytes | None = None,
) -> bytes:
    """The encrypted body for the keys of a browser. `private_key` and `salt` are for tests.

    Raises ValueError when `p256dh` is no point of P-256, or the text has more than
    `LONGEST_PLAINTEXT` bytes.
    """
    if len(plaintext) > LONGEST_PLAINTEXT:
        raise ValueError(f"a push message has at most {LONGEST_PLAINTEXT} bytes")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ours = private_key or ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    own_point = _point(ours.public_key())
    salt = salt or os.urandom(_SALT_BYTES)
    # RFC 8291, section 3.4; each HKDF output is one block.
    key_info = b"WebPush: info\x00" + p256dh + own_point
    input_key = _hkdf(auth, ours.exchange(ec.ECDH(), theirs), key_info, 32)
    content_key = _hkdf(salt, input_key, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(salt, input_key, b"Content-Encoding: nonce\x00", 12)
    header = salt + _RECORD_SIZE.to_bytes(4) + bytes([len(own_point)]) + own_point
    # 0x02 ends the last record (RFC 8188, section 2).
    return header + AESGCM(content_key).encrypt(nonce, plaintext + b"\x02", None)


def read_user_agent_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """The keys of a push subscription, as a browser states them. Raises ValueError."""
    point, secret = decode_base64url(p256dh), decode_base64url(auth)
    if len(secret) != _AUTH_BYTES:
        raise ValueError("the authentication secret has 16 bytes")
    from cryptography.hazmat.primitives.asymmetric import ec

    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return point, secret


def generate_vapid_key() -> str:
    """A new private key of the application server, in PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key_of(private_key: str) -> str:
    """The public key of a private key in PEM, as browsers want it: a point in base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(private_key.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key on P-256")  # the value is wrong, not its type
    return encode_base64url(_point(key.public_key()))


def encode_base64url(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """The bytes of base64url, with or without padding. Raises ValueError."""
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not base64url") from error


def _hkdf(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    """HKDF (RFC 5869) with SHA-256, for one block of output."""
    extracted = hmac.digest(salt, key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


def _point(key: "ec.EllipticCurvePublicKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
