from datetime import datetime, timedelta

import pytest

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


@pytest.mark.parametrize(
    ("subject", "at", "valid"),
    [
        ("enter", NOON + MAX_AGE, True),
        ("enter", NOON + MAX_AGE * 2, False),
        ("enter", NOON - MAX_AGE, False),
        ("add", NOON, False),
    ],
)
def test_a_challenge_is_valid_for_a_while_and_for_one_subject(
    subject: str, at: datetime, *, valid: bool
) -> None:
    challenge = BOX.create_challenge("enter", NOON)
    assert bool(BOX.verify_challenge(challenge, subject, at, MAX_AGE)) is valid


def test_a_challenge_that_was_altered_is_not_valid() -> None:
    challenge = BOX.create_challenge("enter", NOON)
    for altered in (challenge[:-1] + bytes([challenge[-1] ^ 1]), b""):
        assert not BOX.verify_challenge(altered, "enter", NOON, MAX_AGE)


def test_no_two_challenges_are_equal() -> None:
    assert BOX.create_challenge("enter", NOON) != BOX.create_challenge("enter", NOON)


def test_a_representation_has_no_keys() -> None:
    assert "k" * 8 not in repr(BOX)
    assert "SecretBox" not in repr(BOX)
