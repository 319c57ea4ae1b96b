"""DKIM signatures, as dkimpy verifies them."""

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.net.mail.dkim import DkimSigner

KEY = rsa.generate_private_key(65537, 1024)
SIGNER = DkimSigner("example.com", "fyr", KEY)
MAIL = (
    b"From: Acme <status@example.com>\r\nTo: vera@example.net\r\n"
    b"Subject: =?utf-8?q?St=C3=B6rning?=\r\n of\tcards  \r\n"
    b"List-Unsubscribe: <https://status.example.com/unsubscribe/abc>\r\n"
    b"\r\nText with \t trailing space \r\n\r\n.dot\r\n\r\n\r\n"
)


def is_valid(mail: bytes) -> bool:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    def dns(name: bytes, timeout: float = 0) -> bytes:
        assert name == b"fyr._domainkey.example.com."
        return record

    return bool(dkim.verify(mail, dnsfunc=dns))


@pytest.mark.parametrize(
    "mail", [MAIL, MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", MAIL + b"more\r\n"]
)
def test_dkimpy_verifies_a_signed_mail(mail: bytes) -> None:
    signed = SIGNER.sign(mail)
    assert signed.endswith(mail)
    assert is_valid(signed)
    assert max(map(len, signed.split(b"\r\n"))) < 90


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"vera", b"eva"),
        lambda mail: mail.replace(b"Text", b"Test"),
        lambda mail: mail.replace(b"unsubscribe/abc", b"unsubscribe/abd"),
        lambda mail: b"From: Eve <eve@example.org>\r\n" + mail,
        lambda mail: mail.replace(b"\r\nTo:", b"\r\nSubject: second\r\nTo:"),
        lambda mail: mail.replace(b"\r\nTo:", b"\r\nReply-To: eve@example.org\r\nTo:"),
    ],
)
def test_a_changed_or_added_header_breaks_the_signature(change: object) -> None:
    assert callable(change)
    assert not is_valid(change(SIGNER.sign(MAIL)))


def test_the_key_is_not_in_the_representation() -> None:
    assert "RSA" not in repr(SIGNER)
