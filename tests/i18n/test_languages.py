from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import pytest

from app import folder
from app.i18n.catalogue_files import catalogue_path, is_complete, is_intact
from app.i18n.catalogues.catalogs import read_catalogue, translations
from app.i18n.languages import (
    LANGUAGES,
    REGISTERED,
    SOURCE,
    direction,
    display_name,
    first_weekday,
    locale_of,
    native_name,
)
from tests.languages import SAMPLE


def test_four_languages_run_from_right_to_left_and_the_others_do_not() -> None:
    assert {tag for tag in REGISTERED if direction(tag) == "rtl"} == {"ar", "fa", "he", "ur"}


def test_a_tag_nobody_knows_runs_from_left_to_right() -> None:
    assert direction("x-klingon") == "ltr"
    assert direction("zz-zz-zz") == "ltr"


def test_a_region_of_a_language_runs_as_the_language_does() -> None:
    assert direction("ar-eg") == "rtl"
    assert direction("he-il") == "rtl"


@pytest.mark.parametrize(
    "gap",
    [
        'msgid "a"\nmsgstr ""\n',
        'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "x"\nmsgstr[1] ""\n\nmsgid "b"\nmsgstr "y"\n',
        '#, fuzzy\nmsgid "a"\nmsgstr "x"\n',
        '#, python-format, fuzzy\nmsgid "a %(x)s"\nmsgstr "x %(x)s"\n',
    ],
)
def test_a_catalogue_with_a_gap_is_not_complete(tmp_path: Path, gap: str) -> None:
    header = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n'
    whole = (
        'msgid "long"\nmsgstr ""\n"over "\n"two lines"\n\n#. fuzzy words\nmsgid "c"\nmsgstr "z"\n'
    )
    file = tmp_path / "messages.po"
    assert not is_complete(file)
    file.write_text(header + whole)
    assert is_complete(file)
    file.write_text(f"{header}{whole}\n{gap}")
    assert not is_complete(file)


WHOLE = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n#. Say "so"\nmsgid "a"\nmsgstr "ä"\n'


@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE.encode()[:-3],
        WHOLE.encode().partition(b"\n\n")[0],
        WHOLE.encode().replace(b"msgid", b"m\0sgid"),
        WHOLE.encode("latin-1"),
        WHOLE.replace('msgstr "ä"', "msgstr ä").encode(),
        b"",
    ],
)
def test_a_damaged_catalogue_is_found_without_parsing_it(tmp_path: Path, damaged: bytes) -> None:
    file, template = tmp_path / "messages.po", tmp_path / "messages.pot"
    template.write_text('msgid "a"\nmsgstr ""\n')
    file.write_text(WHOLE.replace(' "so"', ""), encoding="utf-8")
    assert is_intact(file, template)
    file.write_bytes(damaged)
    assert not is_intact(file, template)


def test_the_catalogues_on_offer_are_not_damaged() -> None:
    template = folder("locales") / "messages.pot"
    files = [catalogue_path(tag) for tag in LANGUAGES if tag != SOURCE]
    assert [file for file in files if not is_intact(file, template)] == []


def test_languages_name_themselves() -> None:
    names = {tag: native_name(tag) for tag in REGISTERED}
    assert (names["sv"], names["ar"], names["ja"]) == ("Svenska", "العربية", "日本語")
    assert names["pt-br"] != names["pt-pt"]
    assert len(set(names.values())) == len(names)


def test_languages_are_named_in_another() -> None:
    assert display_name("en", "sv") == "engelska"
    assert display_name("x-klingon", "sv") == "x-klingon"


def test_the_source_language_needs_no_catalogue() -> None:
    assert type(translations(SOURCE)) is NullTranslations


@pytest.mark.parametrize("tag", SAMPLE[1:])
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
    assert translations("sv-fi").pgettext("status of an incident", "Resolved") == "Löst"


def test_a_language_without_a_catalogue_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        translations("cy")


def test_folders_of_catalogues_are_named_as_gettext_names_them() -> None:
    assert catalogue_path("pt-br").relative_to(catalogue_path("pt-br").parents[2]) == Path(
        "pt_BR/LC_MESSAGES/messages.po"
    )
    assert catalogue_path("zh-hant-tw").parents[1].name == "zh_Hant_TW"


def test_what_cldr_does_not_know_is_formatted_as_english() -> None:
    assert str(locale_of("x-klingon")) == "en"


def test_weeks_begin_as_in_the_region_or_in_the_likely_one() -> None:
    days = {tag: first_weekday(tag) for tag in ("en", "en-gb", "sv", "he", "ar", "pt-br", "pt-pt")}
    assert days == {"en": 6, "en-gb": 0, "sv": 0, "he": 6, "ar": 5, "pt-br": 6, "pt-pt": 6}
    assert {first_weekday(tag) for tag in ("zh-hant", "zh-hans", "xx", "x-klingon")} <= set(
        range(7)
    )
