"""Saved replies: plain placeholders, and nothing that could be read as more."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.incidents.saved_replies import fill, placeholders


def test_gaps_are_filled_by_their_names() -> None:
    text = "{service} is slow since {time}; {service} is watched."
    assert placeholders(text) == ("service", "time")
    filled = fill(text, {"service": "Mail", "time": "noon"})
    assert filled == "Mail is slow since noon; Mail is watched."


def test_a_gap_without_a_value_stays_to_be_seen() -> None:
    assert fill("{service} is slow.", {"service": ""}) == "{service} is slow."


def test_an_instant_is_no_gap() -> None:
    text = "Since {{2021-09-30T14:01Z}} and {{service}}."
    assert placeholders(text) == ()
    assert fill(text, {"service": "Mail"}) == text


@given(st.text(), st.text())
def test_a_value_is_put_in_as_it_is(before: str, value: str) -> None:
    filled = fill("{a}-{b}", {"a": value or "x", "b": before or "y"})
    assert filled == f"{value or 'x'}-{before or 'y'}"
