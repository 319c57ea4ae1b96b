"""Tokens in the links of a subscriber."""

import pytest

from app.domain.notifications.subscribers.link_tokens import (
    LinkPurpose,
    is_valid,
    public_id_in,
    token,
)

SUBSCRIBER = "abcdefghij12"
SECRET = b"s" * 32


def test_a_token_is_valid_for_its_purpose() -> None:
    made = token(SUBSCRIBER, SECRET, LinkPurpose.MANAGE)
    assert public_id_in(made) == SUBSCRIBER
    assert is_valid(made, SUBSCRIBER, SECRET, LinkPurpose.MANAGE)


def test_a_token_that_unsubscribes_cannot_manage() -> None:
    made = token(SUBSCRIBER, SECRET, LinkPurpose.UNSUBSCRIBE)
    assert not is_valid(made, SUBSCRIBER, SECRET, LinkPurpose.MANAGE)


def test_a_token_of_another_secret_is_not_valid() -> None:
    made = token(SUBSCRIBER, b"t" * 32, LinkPurpose.CONFIRM)
    assert not is_valid(made, SUBSCRIBER, SECRET, LinkPurpose.CONFIRM)


@pytest.mark.parametrize(
    "value", ["", ".", SUBSCRIBER, f"{SUBSCRIBER}.short", f"../{'a' * 9}.{'b' * 22}", "é" * 35]
)
def test_what_has_not_the_form_of_a_token_names_nobody(value: str) -> None:
    assert public_id_in(value) is None
