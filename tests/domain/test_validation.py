import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.texts.white_space import trim
from app.domain.validation import (
    TITLE_LIMIT,
    check_past,
    check_range,
    check_slug,
    check_time,
    is_public_id,
    is_slug,
    localized,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def refusal(value: str | dict[str, str], **more: bool) -> str:
    """The code with which a title is refused."""
    with pytest.raises(InvalidError) as refused:
        localized(value, default="en", field="title", limit=TITLE_LIMIT, **more)
    assert refused.value.field == "title"
    return refused.value.code


@given(st.text(max_size=300))
def test_a_text_is_stored_as_it_was_sent_or_refused_with_a_reason(sent: str) -> None:
    try:
        stored = dict(localized(sent, default="en", field="title", limit=TITLE_LIMIT))["en"]
    except InvalidError:
        return
    assert stored == trim(sent)
    assert 0 < len(stored) <= TITLE_LIMIT
    assert not any(unicodedata.category(char) == "Cs" for char in stored)
    assert not any(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in stored)
    stored.encode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "empty_text"),
        (" \n ", "empty_text"),
        ("x" * 256, "text_too_long"),
        ("a\x00b", "control_character"),
        ("a\x1bb", "control_character"),
        ("a\x85b", "control_character"),
        ("a\ud800b", "control_character"),
        ("safe\u202egnp.exe", "bidi_control"),
        ({}, "empty_text"),
        ({"en": "x", "sv": ""}, "empty_text"),
        ({"english": "x"}, "unknown_language"),
        ({"": "x"}, "unknown_language"),
        ({"en_GB": "x"}, "unknown_language"),
        ({"pt-br": "x", "PT-BR": "y"}, "language_twice"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused(sent: str | dict[str, str], code: str) -> None:
    assert refusal(sent) == code


@pytest.mark.parametrize("break_", ["\n", "\r", "\t", "\u2028", "\u2029"])
def test_a_title_is_one_line(break_: str) -> None:
    assert refusal(f"one{break_}two", one_line=True) == "line_break"
    assert dict(localized(f"a{break_}b", default="en", field="body", limit=9))


def test_tags_are_stored_in_lower_case() -> None:
    text = localized({"PT-br": "Oi", "en": "Hi"}, default="en", field="title", limit=9)
    assert dict(text) == {"en": "Hi", "pt-br": "Oi"}


@given(st.text("abcz019-", max_size=64))
def test_a_slug_is_words_of_letters_and_digits_joined_by_hyphens(slug: str) -> None:
    fits = 0 < len(slug) <= 60 and all(slug.split("-"))
    assert is_slug(slug) is fits
    if fits:
        assert check_slug(slug) == slug
    else:
        with pytest.raises(InvalidError):
            check_slug(slug)


@given(st.text(max_size=14))
def test_an_odd_text_is_neither_slug_nor_id(text: str) -> None:
    plain = text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
    assert plain or not (is_slug(text) or is_public_id(text))


@pytest.mark.parametrize("odd", ["a\n", "payments\x00", "é", "A"])
def test_a_slug_holds_nothing_else(odd: str) -> None:
    assert not is_slug(odd)


@given(st.datetimes(), zones)
def test_a_time_is_taken_from_1990_to_2199_and_reported_in_utc(
    at: datetime, zone: timezone
) -> None:
    aware = at.replace(tzinfo=zone)
    try:
        checked = check_time(aware, field="at")
    except InvalidError:
        checked = None
    assert (checked is not None) is (1990 <= at.year < 2200)
    if checked is not None:
        assert (checked, checked.tzinfo) == (aware, UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        check_time(datetime(2021, 9, 30), field="at")  # noqa: DTZ001
    assert refused.value.code == "naive_time"


@pytest.mark.parametrize("edge", [datetime.min, datetime.max])  # noqa: DTZ901  # zoned below
@pytest.mark.parametrize("hours", [14, -14])
def test_the_ends_of_the_calendar_are_refused_and_break_nothing(edge: datetime, hours: int) -> None:
    with pytest.raises(InvalidError) as refused:
        check_time(edge.replace(tzinfo=timezone(timedelta(hours=hours))), field="at")
    assert refused.value.code == "time_out_of_range"


def test_what_has_happened_lies_not_in_the_future_but_for_a_skewed_clock() -> None:
    soon = NOW + timedelta(minutes=1)
    assert check_past(soon, now=NOW, field="at") == soon
    with pytest.raises(InvalidError) as refused:
        check_past(NOW + timedelta(minutes=3), now=NOW, field="at")
    assert refused.value.code == "time_in_future"


@pytest.mark.parametrize("value", [1, 2, 3])
def test_a_number_in_the_range_is_taken(value: int) -> None:
    assert check_range(value, 1, 3, field="days") == value


@pytest.mark.parametrize("value", [0, 4])
def test_a_number_out_of_the_range_is_refused_with_the_range(value: int) -> None:
    with pytest.raises(InvalidError) as refused:
        check_range(value, 1, 3, field="days")
    assert (refused.value.code, refused.value.field) == ("out_of_range", "days")
    assert refused.value.data == {"least": 1, "most": 3}
