from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import PHRASES, Phrase, Phrased
from app.i18n.catalogues.catalogs import translations
from app.i18n.localization import Locale, localize
from tests.languages import SAMPLE

FSI, RLI, PDI = "\u2068", "\u2067", "\u2069"


def locale(language: str, default: str = "en") -> Locale:
    return Locale.of(language, default=default, zone=ZoneInfo("UTC"))


def localized(**texts: str) -> LocalizedText:
    return LocalizedText.from_mapping(texts, default="en")


def phrase(code: str, **params: object) -> Phrased:
    return Phrased.of(Phrase.of(code, **params))  # type: ignore[arg-type]


def test_a_text_in_the_asked_language_is_not_foreign() -> None:
    worded = localize(localized(en="Hello", sv="Hej"), locale("sv"))
    assert (worded.text, worded.language, worded.foreign, worded.markdown) == (
        "Hej",
        "sv",
        False,
        True,
    )


def test_a_text_that_lacks_the_language_is_foreign_and_names_its_own() -> None:
    worded = localize(localized(en="Hello"), locale("ar"))
    assert (worded.text, worded.language, worded.direction, worded.foreign) == (
        "Hello",
        "en",
        "ltr",
        True,
    )


def test_a_text_in_a_parent_language_is_not_foreign() -> None:
    swedish_of_finland = Locale("sv-fi", "en", ZoneInfo("UTC"), translations("sv"))
    assert not localize(localized(en="Hello", sv="Hej"), swedish_of_finland).foreign


def test_a_translation_of_an_older_text_is_outdated() -> None:
    text = localized(en="Hello", sv="Hej").revise({"en": "Hello again"})
    assert localize(text, locale("sv")).outdated
    assert not localize(text, locale("en")).outdated


def test_overrides_and_controls_are_taken_out() -> None:
    worded = localize(localized(en="a\u202eb\u2066c\x00d\ud800e\r\nf"), locale("en"))
    assert worded.text == "abcde\nf"


def test_a_phrase_is_plain_and_in_the_asked_language() -> None:
    worded = localize(phrase("title.unreachable", services=("A", "B")), locale("sv"))
    assert worded.text == "Anslutningar misslyckas: A och B"
    assert not worded.markdown
    assert not worded.foreign


def test_times_in_a_phrase_are_said_in_the_language_and_the_zone() -> None:
    at = datetime(2021, 9, 30, 14, 1, tzinfo=UTC)
    worded = localize(phrase("update.resolved", date=at), locale("sv"))
    assert (
        worded.text == "Våra kontroller har kunnat ansluta felfritt sedan 30 sep. 2021 14:01 UTC."
    )


def test_data_in_an_arabic_sentence_is_isolated() -> None:
    worded = localize(phrase("why.malformed", host="pay.example.org"), locale("ar"))
    assert f"{FSI}pay.example.org{PDI}" in worded.text


def test_an_arabic_name_that_begins_with_a_latin_word_runs_right_to_left() -> None:
    name = localized(en="Windows without updates", ar="Windows بلا تحديثات")
    worded = localize(phrase("title.unreachable", services=(name, "API")), locale("ar"))
    assert f"{RLI}Windows بلا تحديثات{PDI}" in worded.text
    assert f"{FSI}API{PDI}" in worded.text


def test_plain_data_in_an_english_sentence_stays_searchable() -> None:
    worded = localize(phrase("why.malformed", host="pay.example.org"), locale("en"))
    assert worded.text == "pay.example.org serves a certificate that cannot be read."


def test_right_to_left_data_in_an_english_sentence_is_isolated() -> None:
    worded = localize(phrase("title.unreachable", services=("الدفع",)), locale("en"))
    assert worded.text == f"Connections fail: {FSI}الدفع{PDI}"


def test_data_cannot_bring_its_own_controls_into_a_sentence() -> None:
    worded = localize(phrase("why.malformed", host="evil\u202egro.\u2069\u2069x"), locale("ar"))
    assert f"{FSI}evilgro.x{PDI}" in worded.text
    assert worded.text.count(PDI) == 1


def test_a_name_in_a_phrase_is_said_in_the_language() -> None:
    name = localized(en="Payments", sv="Betalningar")
    assert localize(phrase("title.unreachable", services=(name,)), locale("sv")).text.endswith(
        ": Betalningar"
    )


def test_percent_signs_in_data_do_no_harm() -> None:
    assert "100%(x)s" in localize(phrase("why.malformed", host="100%(x)s"), locale("en")).text


def test_data_that_was_never_stored_leaves_a_gap() -> None:
    for code in PHRASES:
        for language in SAMPLE:
            translated = localize(phrase(code), locale(language)).text
            assert translated
            assert "%(" not in translated


def test_several_phrases_make_one_text() -> None:
    text = Phrased.of(
        Phrase.of("why.malformed", host="h"), Phrase.of("who.every"), Phrase.of("update.recurred")
    )
    assert localize(text, locale("en")).text == (
        "h serves a certificate that cannot be read. All visitors of this address are "
        "affected. The problem has returned after it appeared to be fixed."
    )
