"""The language decision that web servers can make is ours, for headers as browsers send them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.nginx.language_regex import accept_language_pattern, language_patterns
from app.i18n.negotiate import lookup, match_accept_language

TAGS = ("en", "sv", "sv-FI", "ar", "pt", "pt-PT", "pt-br", "nb", "nn-NO", "no", "zh", "zh-TW",
        "zh-Hant-HK", "zh-cn", "de", "fr-CH", "in", "iw", "deu", "es", "es-MX", "es-es", "es_AR",
        "pt-AO", "sr", "sr-Latn", "sr-Cyrl-RS", "sr-ME", "sh", "tl", "fil", "ar-Latn", "de-Latn-CH",
        "en-US-u-hc-h23", "zh-Hans-HK", "zh-Latn", "yue", "x-en", "es-Latn-MX")  # fmt: skip
PUBLISHED = (
    ("en", "sv", "ar"),
    ("pt-br", "no", "en"),
    ("sv",),
    ("zh-hans", "zh-hant", "he", "id"),
    ("zh-hant", "en"),
    ("es", "es-419", "pt-br", "pt-pt", "sr", "fil", "de", "nb", "en"),
    ("es-419", "pt-pt", "en"),
)


def negotiated(header: str, languages: tuple[str, ...], default: str) -> str:
    """As the maps of a web server do it."""
    found = re.search(accept_language_pattern(languages, "r"), header, re.IGNORECASE)
    return looked_up(found["r"], languages) or default if found else default


def looked_up(tag: str, languages: tuple[str, ...]) -> str | None:
    patterns = language_patterns(languages)
    return next((each for p, each in patterns if re.search(p, tag, re.IGNORECASE)), None)


@given(
    st.sampled_from(PUBLISHED),
    st.lists(st.sampled_from(TAGS), max_size=6, unique_by=str.lower),
    st.booleans(),
    st.sampled_from(["", ", *;q=0.1", ",*"]),
)
def test_it_is_ours(languages: tuple[str, ...], tags: list[str], weighed: bool, end: str) -> None:  # noqa: FBT001
    weights = [f";q={1 - number / 10:.1f}" if weighed and number else "" for number in range(6)]
    header = ", ".join(map("".join, zip(tags, weights, strict=False))) + (end if tags else "")
    default = languages[-1]
    assert negotiated(header, languages, default) == match_accept_language(
        header, languages=languages, default=default
    )


@pytest.mark.parametrize("languages", PUBLISHED)
def test_a_tag_in_a_query_is_looked_up_as_ours(languages: tuple[str, ...]) -> None:
    for tag in (*TAGS, "sv_FI", "svenska", "e", ""):
        assert looked_up(tag, languages) == lookup(tag, languages), tag


def test_a_language_that_is_refused_is_not_given() -> None:
    assert negotiated("sv;q=0, ar", ("en", "sv", "ar"), "en") == "ar"
    assert negotiated("sv;q=0.000,ar;q=0.001", ("en", "sv", "ar"), "en") == "ar"
