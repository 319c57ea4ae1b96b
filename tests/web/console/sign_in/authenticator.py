"""A WebAuthn authenticator in software, which can be set to give wrong answers."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.cast import BASE_URL

__all__ = ["Authenticator"]

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_HOST = BASE_URL.partition("//")[2]


class Authenticator:
    """One passkey. `origin`, `host`, `is_verified` and `count` are what it states of itself."""

    def __init__(self, origin: str = BASE_URL, host: str = _HOST) -> None:
        self.credential = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.origin, self.host = origin, host
        self.is_verified = True
        self.count = 0

    def create(self, challenge: str) -> str:
        """The answer to `navigator.credentials.create`, as a browser serialises it."""
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = len(self.credential).to_bytes(2)
        attested = bytes(16) + length + self.credential + cbor2.dumps(key)
        data = self._authenticator_data(_ATTESTED) + attested
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", challenge),
            attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def get(self, challenge: str) -> str:
        """The answer to `navigator.credentials.get`."""
        data, client = self._authenticator_data(0), self._client_data("webauthn.get", challenge)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(SHA256())),
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(client).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4)

    def _answer(self, **response: bytes) -> str:
        name = _encoded(self.credential)
        answer: dict[str, Any] = {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {field: _encoded(value) for field, value in response.items()},
        }
        return json.dumps(answer)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
