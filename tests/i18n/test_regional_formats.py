"""Dates and numbers of a region, with the words of a published language."""

from datetime import UTC, datetime

import pytest

from app.i18n import formats
from app.i18n.language_tags import parse_tag
from app.i18n.languages import REGISTERED
from app.i18n.localization import Locale
from app.i18n.regional_formats import known_tag, published_tag, with_region

AT = datetime(2021, 9, 30, 14, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "published", "tag"),
    [
        *(("en-GB", "en", "en-gb"), ("en-AU", "en", "en-au"), ("en-UK", "en", "en-gb")),
        *(("de-AT", "de", "de-at"), ("de-CH", "de", "de-ch"), ("de-CH-1901", "de", "de-ch")),
        *(("fr-CA", "fr", "fr-ca"), ("fr-CH", "fr", "fr-ch"), ("pt-AO", "pt-pt", "pt-ao")),
        *(("es-MX", "es-419", "es-mx"), ("es-MX", "es", "es-mx"), ("pt-AO", "pt-br", "pt-ao")),
        *(("zh-HK", "zh-hant", "zh-hant-hk"), ("it_CH", "it", "it-ch"), ("ar-SA", "ar", "ar-sa")),
        # a registered language of its own; the likely region; formats that do not differ
        ("pt-PT", "pt-br", "pt-br"),
        *(
            ("en-US", "en", "en"),
            ("de-DE", "de", "de"),
            ("sv-FI", "sv", "sv"),
            ("de-LU", "de", "de"),
        ),
        *(("de-LU", "de", "de"), ("pt-BR", "pt-br", "pt-br"), ("zh-TW", "zh-hant", "zh-hant")),
        ("nn-NO", "nb", "nb"),
        # no region, none that CLDR knows, another language or script
        *(("en", "en", "en"), ("", "en", "en"), ("en-XX", "en", "en"), ("en-999", "en", "en")),
        *(("de-AT", "en", "en"), ("sr-Latn-ME", "sr", "sr"), ("x-en-gb", "en", "en")),
        *(("en-u-rg-gbzzzz", "en", "en"), ("en-x-gb", "en", "en"), ("../../etc", "en", "en")),
    ],
)
def test_a_region_with_formats_of_its_own_has_a_tag(wanted: str, published: str, tag: str) -> None:
    assert with_region(wanted, published) == tag
    assert with_region(wanted.upper(), published) == tag
    assert known_tag(wanted, published) == tag


@pytest.mark.parametrize(
    ("tag", "published"),
    [
        *(("en-gb", "en"), ("es-mx", "es-419"), ("zh-hant-hk", "zh-hant"), ("pt-br", "pt-br")),
        *(("en-us", None), ("EN-GB", None), ("en_gb", None), ("pt", None), ("zh-hk", None)),
        *(("no", None), ("iw", None), ("xx", None), ("en-gb-x-a", None), ("incidents", None)),
    ],
)
def test_only_the_canonical_tag_of_a_region_is_one_of_the_page(
    tag: str, published: str | None
) -> None:
    languages = ("en", "es", "es-419", "pt-br", "zh-hant", "nb", "he")
    assert published_tag(tag, languages) == published


def test_formats_are_those_of_the_region_and_words_those_of_the_language() -> None:
    british = Locale.for_reader("en-gb", ("sv", "en"), default="sv", zone=UTC)
    assert (british.language, british.formats) == ("en", "en-gb")
    assert formats.date_time(AT, british.formats, UTC) == "30 Sept 2021, 14:01 UTC"
    assert formats.date_time(AT, british.language, UTC) == "Sep 30, 2021, 2:01\u202fPM UTC"
    swiss = Locale.for_reader("sv", ("sv", "en"), default="sv", zone=UTC)
    assert (swiss.language, swiss.formats) == ("sv", "sv")
    assert formats.number(1234567, "de-ch") == "1’234’567"
    assert formats.number(1234567, "de-at") != formats.number(1234567, "de-ch")


def test_every_registered_language_is_read_by_cldr() -> None:
    for tag in REGISTERED:
        parsed = parse_tag(tag)
        assert parsed is not None, tag
        assert parsed.likely_region, tag
