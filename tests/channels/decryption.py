"""Decryption of a Web Push message, as a browser does it (RFC 8291, section 3.4)."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["decrypt"]


def decrypt(content: bytes, private_key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The text of a message of one record."""
    salt, length = content[:16], content[20]
    sender, encrypted = content[21 : 21 + length], content[21 + length :]
    own = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    shared = private_key.exchange(ec.ECDH(), public)
    key = HKDF(SHA256(), 32, auth, b"WebPush: info\x00" + own + sender).derive(shared)
    content_key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(key)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(key)
    return AESGCM(content_key).decrypt(nonce, encrypted, None).rstrip(b"\x00").removesuffix(b"\x02")
