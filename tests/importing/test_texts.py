"""Texts of a source in one language or several, as Fyr stores them."""

import pytest

from app.importing.texts import SourceText, clean_bodies, clean_titles, html_to_line
from app.importing.translations import joined_texts, source_text


def test_a_title_is_cleaned_in_each_language_and_left_out_where_nothing_is_left() -> None:
    clean = clean_titles({"en": "Pay\nments", "sv": "\x00", "de": "Zahlungen"})
    assert clean.text == {"en": "Pay ments", "de": "Zahlungen"}
    assert set(clean.codes) == {"fixed.title", "fixed.characters"}


def test_a_title_that_is_empty_in_all_languages_is_the_beginning_of_the_body() -> None:
    clean = clean_titles({"en": " ", "sv": ""}, lambda: {"sv": "Vi **tittar** på det."})
    assert clean.text == "Vi **tittar** på det."
    assert "fixed.title" in clean.codes


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ({}, ""),
        ({"en": "", "sv": " "}, ""),
        ("<p>One</p>", "One"),
        ({"en": "<b>One</b>", "sv": "Två"}, {"en": "**One**", "sv": "Två"}),
    ],
)
def test_a_body_is_converted_in_each_language(body: SourceText, text: SourceText) -> None:
    assert (clean_bodies(body).text or "") == text


def test_a_description_with_line_breaks_is_one_line() -> None:
    assert html_to_line("Our <b>site</b> &amp; more<br/>second") == "Our **site** & more second"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("One", "One"),
        (None, ""),
        (5, ""),
        (["One"], ""),
        ({"default": "One"}, "One"),
        ({"original": "One", "sv": "Två"}, {"en": "One", "sv": "Två"}),
        ({"en": "Own", "default": "One"}, {"en": "Own"}),
        ({"pt_BR": "Um", "not a tag": "x", "de": 5}, {"pt-br": "Um"}),
    ],
)
def test_a_text_is_a_string_or_an_object_by_language_tag(value: object, text: SourceText) -> None:
    assert source_text({"name": value}, "name", language="en") == text


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        ([], ""),
        (["One", "", "Two"], "One\n\nTwo"),
        ([{"en": "One", "sv": "Ett"}, {"en": "Two"}], {"en": "One\n\nTwo"}),
        ([{"en": "One"}, {"sv": "Två"}], {"en": "One", "sv": "Två"}),
        (["One", {"en": "Two"}], {"en": "One\n\nTwo"}),
    ],
)
def test_texts_are_joined_in_the_languages_of_all_of_them(
    texts: list[SourceText], joined: SourceText
) -> None:
    assert joined_texts(texts) == joined
