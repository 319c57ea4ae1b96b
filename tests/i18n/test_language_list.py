import pytest

from app.i18n.language_list import find_languages, list_languages
from app.i18n.languages import REGISTERED, cldr_native_name, direction, locale_of, native_name


def found(query: str, reader: str = "en") -> list[str]:
    return [each.tag for each in find_languages(query, REGISTERED, reader)]


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        *(("Polski", ["pl"]), ("polish", ["pl"]), ("POL", ["pl"]), ("PT-BR", ["pt-br"])),
        *(("espanol", ["es", "es-419"]), ("Español", ["es", "es-419"]), ("turkce", ["tr"])),
        *(("日本", ["ja"]), ("العربية", ["ar"]), ("فار", ["fa"]), ("ελλ", ["el"])),
        *(("brasil", ["pt-br"]), ("brazil", ["pt-br"]), ("  tieng   viet ", ["vi"])),
        *(("klingon", []), ("<script>", []), ("\x00", []), ("x" * 10_000, [])),
    ],
)
def test_a_language_is_found_by_its_own_and_its_english_name(query: str, tags: list[str]) -> None:
    assert found(query) == tags


def test_a_language_is_found_by_its_name_in_the_language_of_the_reader() -> None:
    assert found("tyska", "sv") == ["de"]
    assert found("الألمانية", "ar") == ["de"]


def test_what_is_named_so_comes_before_what_begins_so_and_that_before_what_contains_it() -> None:
    assert found("ir") == ["ga", *(tag for tag in found("ir") if tag != "ga")]
    assert found("es")[0] == "es"
    assert found("portugu") == ["pt-br", "pt-pt"]


def test_an_empty_search_finds_all_in_the_order_of_the_page() -> None:
    assert found("") == found("  ") == list(REGISTERED)


def test_each_language_has_a_name_besides_its_own_once() -> None:
    english, arabic = list_languages(("en", "ar"), "sv")
    assert english.other_names == ("engelska",)
    assert arabic.other_names == ("arabiska", "Arabic")
    assert list_languages(("en",), "en")[0].other_names == ()


@pytest.mark.parametrize("tag", REGISTERED)
def test_the_table_of_names_is_that_of_cldr(tag: str) -> None:
    assert native_name(tag) == cldr_native_name(tag), "app/i18n/native_names.py"
    assert direction(tag) == ("rtl" if locale_of(tag).text_direction == "rtl" else "ltr")


def test_readers_of_a_language_see_its_own_name_alone() -> None:
    german, french = list_languages(("de", "fr"), "de")
    assert german.explaining_names == ()
    assert french.explaining_names == ("Französisch", "French")
    assert found("german", "de") == ["de"]
