from datetime import timedelta

from app.usecases.encryption import BrowserBox
from tests.fakes import NOON

ALWAYS = timedelta(minutes=10)
SEAL = BrowserBox.made_of(b"k" * 32, "console")


def test_only_the_same_key_and_purpose_open_what_is_closed() -> None:
    closed = SEAL.close("a secret")
    assert "secret" not in closed
    assert BrowserBox.made_of(b"k" * 32, "console").open(closed) == "a secret"
    assert BrowserBox.made_of(b"k" * 32, "else").open(closed) is None
    assert BrowserBox.made_of(b"x" * 32, "console").open(closed) is None
    assert SEAL.open("ä") is None


def test_a_challenge_is_ours_for_a_while_and_about_one_thing() -> None:
    made = SEAL.challenge("enter", NOON)
    assert SEAL.is_ours(made, "enter", NOON + ALWAYS, ALWAYS)
    assert not SEAL.is_ours(made, "enter", NOON + ALWAYS * 2, ALWAYS)
    assert not SEAL.is_ours(made, "enter", NOON - ALWAYS, ALWAYS)
    assert not SEAL.is_ours(made, "add", NOON, ALWAYS)
    assert not SEAL.is_ours(made[:-1] + bytes([made[-1] ^ 1]), "enter", NOON, ALWAYS)
    assert not SEAL.is_ours(b"", "enter", NOON, ALWAYS)
    assert SEAL.challenge("enter", NOON) != made


def test_keys_are_not_shown() -> None:
    assert "k" * 8 not in repr(SEAL)
    assert "SecretBox" not in repr(SEAL)
