"""Encryption of Web Push messages, against the test vector of RFC 8291."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.net.push_encryption import (
    LONGEST_PLAINTEXT,
    decode_base64url,
    encode_base64url,
    encrypt,
    generate_vapid_key,
    public_key_of,
    read_user_agent_keys,
)

# RFC 8291, section 5 and appendix A.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def test_the_example_of_the_rfc_is_encrypted_as_it_says() -> None:
    number = int.from_bytes(decode_base64url(SENDER_KEY))
    encrypted = encrypt(
        b"When I grow up, I want to be a watermelon",
        *read_user_agent_keys(P256DH, AUTH),
        private_key=ec.derive_private_key(number, ec.SECP256R1()),
        salt=decode_base64url(SALT),
    )
    assert encode_base64url(encrypted) == ENCRYPTED


def test_the_longest_text_makes_a_body_of_4096_bytes() -> None:
    keys = read_user_agent_keys(P256DH, AUTH)
    assert len(encrypt(b"x" * LONGEST_PLAINTEXT, *keys)) == 4_096
    with pytest.raises(ValueError, match="at most"):
        encrypt(b"x" * (LONGEST_PLAINTEXT + 1), *keys)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (P256DH, AUTH[:-4]),
        (P256DH, ""),
        ("", AUTH),
        (P256DH[:-4], AUTH),
        (encode_base64url(b"\x04" + b"\x01" * 64), AUTH),
        ("not base64!", AUTH),
        ("é", AUTH),
    ],
    ids=["short auth", "no auth", "no key", "short key", "off the curve", "no base64", "not ascii"],
)
def test_what_are_no_keys_of_a_browser_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the messages of the library differ
        read_user_agent_keys(p256dh, auth)


def test_a_new_vapid_key_has_a_public_key_of_65_bytes() -> None:
    assert len(decode_base64url(public_key_of(generate_vapid_key()))) == 65
