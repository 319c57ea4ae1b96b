from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import pytest

from app.i18n.catalogs import catalogue_path, read_catalogue, translations
from app.i18n.languages import LANGUAGES, SOURCE, direction, display_name, locale_of, native_name


def test_arabic_runs_from_right_to_left_and_the_others_do_not() -> None:
    assert {tag: direction(tag) for tag in LANGUAGES} == {"en": "ltr", "sv": "ltr", "ar": "rtl"}


def test_a_tag_nobody_knows_runs_from_left_to_right() -> None:
    assert direction("x-klingon") == "ltr"
    assert direction("zz-zz-zz") == "ltr"


def test_a_region_of_a_language_runs_as_the_language_does() -> None:
    assert direction("ar-eg") == "rtl"
    assert direction("he-il") == "rtl"


def test_languages_name_themselves() -> None:
    assert [native_name(tag) for tag in LANGUAGES] == ["English", "Svenska", "العربية"]


def test_languages_are_named_in_another() -> None:
    assert display_name("en", "sv") == "engelska"
    assert display_name("x-klingon", "sv") == "x-klingon"


def test_the_source_language_needs_no_catalogue() -> None:
    assert type(translations(SOURCE)) is NullTranslations


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != SOURCE])
def test_every_other_language_has_all_its_plural_forms(tag: str) -> None:
    words = translations(tag)
    assert isinstance(words, GNUTranslations)
    catalogue = read_catalogue(tag)
    forms = {
        words.ngettext("%(count)s earlier update", "%(count)s earlier updates", count)
        for count in (0, 1, 2, 3, 11, 100)
    }
    # Many and other may be written alike, as one and two of Swedish are not.
    assert len(forms) >= min(catalogue.num_plurals, 5)


def test_a_region_uses_the_catalogue_of_its_language() -> None:
    assert translations("sv-fi").gettext("Resolved") == "Löst"


def test_a_language_without_a_catalogue_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        translations("de")


def test_folders_of_catalogues_are_named_as_gettext_names_them() -> None:
    assert catalogue_path("pt-br").relative_to(catalogue_path("pt-br").parents[2]) == Path(
        "pt_BR/LC_MESSAGES/messages.po"
    )
    assert catalogue_path("zh-hant-tw").parents[1].name == "zh_Hant_TW"


def test_what_cldr_does_not_know_is_formatted_as_english() -> None:
    assert str(locale_of("x-klingon")) == "en"
