from datetime import timedelta

from app.usecases.encryption import BrowserBox
from tests.fakes import NOON

MAX_AGE = timedelta(minutes=10)
BOX = BrowserBox.for_purpose(b"k" * 32, "console")


def test_only_the_same_key_and_purpose_decrypt_a_text() -> None:
    encrypted = BOX.encrypt("a secret")
    assert "secret" not in encrypted
    assert BrowserBox.for_purpose(b"k" * 32, "console").decrypt(encrypted) == "a secret"
    assert BrowserBox.for_purpose(b"k" * 32, "else").decrypt(encrypted) is None
    assert BrowserBox.for_purpose(b"x" * 32, "console").decrypt(encrypted) is None
    assert BOX.decrypt("ä") is None


def test_a_challenge_is_valid_for_a_while_and_for_one_subject() -> None:
    challenge = BOX.create_challenge("enter", NOON)
    assert BOX.verify_challenge(challenge, "enter", NOON + MAX_AGE, MAX_AGE)
    assert not BOX.verify_challenge(challenge, "enter", NOON + MAX_AGE * 2, MAX_AGE)
    assert not BOX.verify_challenge(challenge, "enter", NOON - MAX_AGE, MAX_AGE)
    assert not BOX.verify_challenge(challenge, "add", NOON, MAX_AGE)
    assert not BOX.verify_challenge(
        challenge[:-1] + bytes([challenge[-1] ^ 1]), "enter", NOON, MAX_AGE
    )
    assert not BOX.verify_challenge(b"", "enter", NOON, MAX_AGE)
    assert BOX.create_challenge("enter", NOON) != challenge


def test_a_representation_has_no_keys() -> None:
    assert "k" * 8 not in repr(BOX)
    assert "SecretBox" not in repr(BOX)
