import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.negotiate import lookup, match_accept_language, negotiate

LANGUAGES = ("en", "sv", "ar")


def choose(accept: str, languages: tuple[str, ...] = LANGUAGES, default: str = "en") -> str:
    return match_accept_language(accept, languages=languages, default=default)


def test_the_path_wins_over_the_query_and_the_header() -> None:
    assert negotiate("ar", ["sv"], "en", languages=LANGUAGES, default="en") == "ar"


def test_a_tag_in_the_path_may_be_in_upper_case() -> None:
    assert negotiate("SV", [], None, languages=LANGUAGES, default="en") == "sv"


def test_the_query_wins_over_the_header() -> None:
    assert negotiate(None, ["sv"], "ar", languages=LANGUAGES, default="en") == "sv"


def test_a_first_segment_that_is_no_language_decides_nothing() -> None:
    assert negotiate("incidents", [], "ar", languages=LANGUAGES, default="en") == "ar"


def test_a_query_for_an_unknown_language_leaves_it_to_the_header() -> None:
    assert negotiate(None, ["tlh", ""], "sv", languages=LANGUAGES, default="en") == "sv"


def test_without_any_wish_the_page_is_in_its_default_language() -> None:
    assert negotiate(None, [], None, languages=LANGUAGES, default="sv") == "sv"


def test_a_regional_wish_finds_its_language() -> None:
    assert choose("sv-FI") == "sv"


def test_the_languages_of_norway_find_each_other() -> None:
    for wanted, there in (("nb", "no"), ("no", "nb"), ("nn", "no"), ("nn-NO", "nb")):
        assert choose(wanted, ("en", there)) == there


def test_a_language_finds_a_regional_form_of_itself() -> None:
    assert choose("pt", ("en", "pt-br")) == "pt-br"


def test_a_chinese_region_finds_its_script() -> None:
    assert choose("zh-TW", ("en", "zh-hans", "zh-hant")) == "zh-hant"


def test_the_greater_weight_wins() -> None:
    assert choose("en;q=0.3, sv;q=0.9, ar;q=0.5") == "sv"


def test_of_equal_weights_the_first_wins() -> None:
    assert choose("ar, sv") == "ar"


def test_a_refused_default_is_passed_over() -> None:
    assert choose("en;q=0") == "sv"


def test_a_refused_language_is_not_given_for_its_region() -> None:
    assert choose("sv;q=0, sv-FI;q=0.5, ar;q=0.1") == "ar"


def test_when_all_are_refused_the_default_is_better_than_nothing() -> None:
    assert choose("en;q=0, sv;q=0, ar;q=0") == "en"


def test_a_star_says_nothing_of_which() -> None:
    assert choose("*", default="sv") == "sv"
    assert choose("*, ar;q=0.1") == "ar"


def test_garbage_between_good_items_is_left_out() -> None:
    assert choose(";;q=,,sv;q=x, \x00, ar ; q=0.8 ,=") == "ar"


def test_a_very_long_header_is_read_only_at_its_beginning() -> None:
    assert choose("sv," + "x" * 100_000) == "sv"
    assert choose("tlh," * 25_000 + "sv") == "en"


def test_underscores_are_forgiven_in_a_query() -> None:
    assert lookup("sv_SE", LANGUAGES) == "sv"


@given(st.text())
def test_any_header_gives_a_published_language(header: str) -> None:
    assert choose(header) in LANGUAGES


@given(
    st.lists(
        st.tuples(st.sampled_from(["en", "sv", "ar", "de", "*"]), st.integers(0, 1000)), max_size=6
    )
)
def test_no_language_is_given_while_one_of_greater_weight_is_there(
    wishes: list[tuple[str, int]],
) -> None:
    header = ", ".join(f"{tag};q={weight / 1000:.3f}" for tag, weight in wishes)
    weights = {tag: max(w for t, w in wishes if t == tag) for tag, _ in wishes}
    refused = {tag for tag, weight in wishes if weight == 0}
    possible = {t: w for t, w in weights.items() if t in LANGUAGES and w and t not in refused}
    chosen = choose(header)
    if possible:
        assert possible[chosen] == max(possible.values())
    else:
        assert chosen not in refused or refused >= set(LANGUAGES)


@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_the_whole_decision_always_gives_a_published_language(
    path: str, asked: list[str], header: str
) -> None:
    assert negotiate(path, asked, header, languages=LANGUAGES, default="en") in LANGUAGES


# What a page could publish, of which one tag in another script or region is the nearest.
MANY = ("en", "sv", "ar", "de", "es", "fr", "nb", "sr", "fa", "he", "id", "fil", "ms", "ro",
        "pt-br", "pt-pt", "es-419", "zh-hans", "zh-hant", "sw")  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        # CLDR's parents
        *(("no", "nb"), ("nn", "nb"), ("nn-NO", "nb"), ("nb-SJ", "nb")),
        *(("es-MX", "es-419"), ("es-AR", "es-419"), ("es-US", "es-419"), ("es-ES", "es")),
        *(("es-GQ", "es"), ("es", "es"), ("pt-AO", "pt-pt"), ("pt-MZ", "pt-pt")),
        *(("zh-MO", "zh-hant"), ("en-GB", "en"), ("en-AU", "en"), ("de-CH", "de")),
        # likely subtags
        *(("zh", "zh-hans"), ("zh-CN", "zh-hans"), ("zh-SG", "zh-hans"), ("zh-TW", "zh-hant")),
        *(("zh-HK", "zh-hant"), ("zh-Hans-HK", "zh-hans"), ("pt", "pt-br"), ("sr-RS", "sr")),
        *(("sr-Latn", None), ("sr-Latn-RS", None), ("sr-ME", None), ("ar-Latn", None)),
        # aliases
        *(("iw", "he"), ("in", "id"), ("in-ID", "id"), ("tl", "fil"), ("mo", "ro"), ("prs", "fa")),
        *(("cmn-Hant-TW", "zh-hant"), ("zsm", "ms"), ("deu", "de"), ("swc", "sw"), ("sh", None)),
        # CLDR gives Haitian Creole data of French, which its readers need not read
        ("ht", None),
    ],
)
def test_a_tag_finds_the_nearest_published_one_by_cldr(wanted: str, found: str | None) -> None:
    assert lookup(wanted, MANY) == found
    assert choose(wanted, MANY, "sv") == (found or "sv")


def test_one_variety_stands_in_for_another_that_is_not_published() -> None:
    assert lookup("pt-PT", ("en", "pt-br")) == "pt-br"
    assert lookup("es", ("en", "es-419")) == "es-419"
    assert lookup("es-CL", ("en", "es")) == "es"
    assert lookup("nb", ("en", "nn")) == "nn"


def test_another_script_does_not_stand_in() -> None:
    assert lookup("zh-TW", ("en", "zh-hans")) is None
    assert lookup("zh", ("en", "zh-hant")) is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de-u-co-phonebk", "de"),
        ("de-DE-u-ca-gregory-co-phonebk-hc-h23-nu-latn", "de"),
        ("en-US-x-twain", "en"),
        ("de-1996", "de"),
        ("de-CH-1901", "de"),
        ("zh-cmn-Hans-CN", "zh-hans"),
        ("no-bok", "nb"),
        ("ZH-hAnT-tw", "zh-hant"),
        ("pt_BR", "pt-br"),
        (" sv ", "sv"),
        ("x-sv", None),
        ("i-klingon", None),
        ("tlh", None),
        ("*", None),
        ("", None),
        ("-", None),
        ("sv-", None),
        ("sv--fi", None),
        ("svenska", None),
        ("sv-toolongsubtag", None),
        ("ſv", None),
        ("ｓｖ", None),
        ("sv\x00", None),
        ("sv-" + "a" * 8 + "-abcdefgh" * 30, None),
    ],
)
def test_a_tag_of_any_form_is_read_or_left_out(wanted: str, found: str | None) -> None:
    assert lookup(wanted, MANY) == found


def test_two_hundred_ranges_are_read() -> None:
    others = [f"x{a}{b}-{a}{b}" for a in "abcdefghijklmn" for b in "abcdefghijklmno"][:199]
    assert choose(", ".join([*others, "pt-AO"]), MANY) == "pt-pt"
    assert choose(", ".join([f"{each};q=0.1" for each in others] + ["pt-AO;q=0.001"]), MANY) == (
        "pt-pt"
    )


def test_a_range_with_weight_zero_excludes_what_it_covers() -> None:
    assert choose("en;q=0, no;q=0, nn, fr;q=0.1", ("en", "nb", "fr")) == "fr"
    assert choose("pt;q=0, pt-PT", MANY) == "pt-pt"
    assert choose("pt;q=0, pt-AO, fr;q=0.1", MANY) == "fr"
    assert choose("iw;q=0, he-IL;q=0.5, fr;q=0.1", MANY) == "fr"
    assert choose("zh-TW;q=0, zh-HK, fr;q=0.1", MANY) == "fr"
    assert choose("zh-TW;q=0, zh-CN, fr;q=0.1", MANY) == "zh-hans"
    # Another region than the one that is published says nothing about it.
    assert choose("en-GB;q=0, en", MANY) == "en"
    assert choose("*;q=0, sv;q=0.5", MANY) == "sv"


def test_a_wildcard_after_the_language_is_ignored() -> None:
    assert choose("de-*, sv;q=0.5", MANY) == "de"
    assert choose("*-CH, sv;q=0.5", MANY) == "sv"


def test_underscores_are_forgiven_in_a_header() -> None:
    assert choose("pt_PT") == "en"
    assert choose("pt_PT, en;q=0.5", MANY) == "pt-pt"


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_*;=q,. ", max_size=60))
def test_any_tag_finds_a_published_one_or_none(wanted: str) -> None:
    assert lookup(wanted, MANY) in (*MANY, None)
    assert choose(wanted, MANY, "sv") in MANY
