import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.texts.localized_text import LocalizedText, Translation, tag_and_parents
from app.domain.texts.text_origin import OriginKind, TextOrigin

TAGS = ["en", "en-gb", "sv", "pt", "pt-br", "zh-hans", "zh-hans-cn", "ar"]
tags = st.sampled_from(TAGS)
mappings = st.dictionaries(tags, st.text(min_size=1, max_size=5), min_size=1)


@given(mappings, tags, tags)
def test_the_order_of_fallback_is_tag_parents_default_source(
    texts: dict[str, str], wanted: str, default: str
) -> None:
    text = LocalizedText.from_mapping(texts, default=default)
    order = [*tag_and_parents(wanted), *tag_and_parents(default), text.source]
    chosen = text.choose(wanted, default=default)
    assert chosen.tag == next(tag for tag in order if tag in texts)
    assert chosen.text == texts[chosen.tag]
    assert not chosen.outdated


@given(mappings, tags)
def test_the_source_is_the_default_language_or_else_the_first(
    texts: dict[str, str], default: str
) -> None:
    source = LocalizedText.from_mapping(texts, default=default).source
    assert source == (default if default in texts else next(iter(texts)))


@given(mappings, mappings, tags, tags)
def test_a_translation_is_outdated_exactly_when_the_source_moved_on_without_it(
    before: dict[str, str], edit: dict[str, str], default: str, wanted: str
) -> None:
    former = LocalizedText.from_mapping(before, default=default)
    text = former.revise(edit)
    source_moved = edit.get(former.source, before[former.source]) != before[former.source]
    chosen = text.choose(wanted, default=default)
    assert chosen.text == {**before, **edit}[chosen.tag]
    assert chosen.outdated is (source_moved and chosen.tag not in edit)


@given(mappings, tags)
def test_saying_the_same_again_changes_nothing(texts: dict[str, str], default: str) -> None:
    text = LocalizedText.from_mapping(texts, default=default)
    assert text.revise(texts) == text
    assert text.revise({}) == text


def test_an_outdated_translation_is_up_to_date_once_it_is_edited() -> None:
    text = LocalizedText.from_mapping({"en": "Down", "sv": "Nere"}, default="en")
    moved = text.revise({"en": "Up"})
    assert moved.choose("sv", default="en").outdated
    assert not moved.revise({"sv": "Uppe"}).choose("sv", default="en").outdated


@given(mappings, tags)
def test_the_source_comes_first(texts: dict[str, str], default: str) -> None:
    text = LocalizedText.from_mapping(texts, default=default)
    assert next(iter(text))[0] == text.source
    assert dict(text) == texts


def test_a_text_has_its_source_language() -> None:
    with pytest.raises(InvalidError):
        LocalizedText("en", 1, {"sv": Translation("Hej", 1)})
    with pytest.raises(InvalidError):
        LocalizedText.from_mapping({}, default="en")


def test_a_first_version_in_one_language_is_its_own_source() -> None:
    assert LocalizedText.of("Down", "en") == LocalizedText.from_mapping(
        {"en": "Down"}, default="en"
    )


def test_a_text_cannot_be_changed_from_outside() -> None:
    given_texts = {"en": Translation("Down", 1)}
    text = LocalizedText("en", 1, given_texts)
    given_texts["sv"] = Translation("Nere", 1)
    assert dict(text) == {"en": "Down"}


@pytest.mark.parametrize(
    ("tag", "parents"),
    [
        ("en", ["en"]),
        ("zh-hans-cn", ["zh-hans-cn", "zh-hans", "zh"]),
        ("de-x-private", ["de-x-private", "de"]),
    ],
)
def test_the_parents_of_a_tag_end_before_a_lone_letter(tag: str, parents: list[str]) -> None:
    assert list(tag_and_parents(tag)) == parents


def test_a_translation_older_than_the_source_is_outdated() -> None:
    text = LocalizedText.from_mapping({"en": "Slow", "sv": "Seg", "ar": "بطيء"}, default="en")
    assert text.outdated == []
    assert text.revise({"en": "Down", "sv": "Nere"}).outdated == ["ar"]


def test_languages_without_a_text_are_missing() -> None:
    text = LocalizedText.from_mapping({"en": "Slow"}, default="en")
    assert text.missing(["en", "sv", "ar"]) == ["sv", "ar"]


def test_blanks_around_a_text_are_no_change() -> None:
    text = LocalizedText.from_mapping({"en": "Slow", "sv": "Seg"}, default="en")
    assert text.changes({"en": " Slow ", "sv": "Långsam"}) == {"sv": "Långsam"}


def test_line_ends_as_they_were_stored_are_no_change() -> None:
    text = LocalizedText.from_mapping({"en": "One\r\nTwo"}, default="en")
    assert text.changes({"en": "One\nTwo"}) == {}


def test_a_text_confirmed_as_current_is_a_change() -> None:
    text = LocalizedText.from_mapping({"en": "Slow", "sv": "Seg"}, default="en")
    assert text.changes({"en": "Slow", "sv": "Seg"}, confirmed=["sv"]) == {"sv": "Seg"}


MACHINE = TextOrigin(OriginKind.MACHINE, "deepl")
BEN = TextOrigin(OriginKind.PERSON, "Ben")


def _machine(**origins: TextOrigin) -> LocalizedText:
    texts = {"en": "Down", "sv": "Nere", "nb": "Nede"}
    return LocalizedText.from_mapping(texts, default="en", origins=origins)


def test_an_unread_machine_translation_counts_as_absent() -> None:
    text = _machine(sv=MACHINE)
    assert text.choose("sv", default="en").tag == "en"
    assert text.choose("sv", default="sv").tag == "en"
    assert text.choose("sv", default="en", unread={"sv"}).tag == "sv"
    assert text.choose("nb", default="en").tag == "nb"
    assert text.unread == ["sv"]


def test_a_machine_translation_is_no_source() -> None:
    assert _machine(en=MACHINE).source == "sv"
    assert _machine(en=MACHINE, sv=MACHINE, nb=MACHINE).source == "en"
    assert _machine(en=MACHINE, sv=MACHINE, nb=MACHINE).choose("sv", default="en").text == "Down"


@pytest.mark.parametrize(
    ("edit", "origin", "after"),
    [
        ("Nere", BEN, MACHINE),
        ("Nere", MACHINE.as_read("Ben"), MACHINE.as_read("Ben")),
        ("Ligger nere", BEN, BEN),
        ("Ligger nere", MACHINE, MACHINE),
    ],
)
def test_an_edit_changes_the_origin_when_it_changes_the_text(
    edit: str, origin: TextOrigin, after: TextOrigin
) -> None:
    revised = _machine(sv=MACHINE).revise({"sv": edit}, {"sv": origin})
    assert revised.origins == {"sv": after}


def test_a_text_of_a_person_stays_theirs_when_it_is_sent_again() -> None:
    revised = _machine(sv=BEN).revise({"sv": "Nere"}, {"sv": TextOrigin(OriginKind.PROGRAM, "ci")})
    assert revised.origins == {"sv": BEN}


def test_a_text_of_unknown_origin_does_not_change_when_it_is_sent_again() -> None:
    text = LocalizedText.of("Payments", "en")
    assert text.revise({"en": "Payments"}, {"en": BEN}) == text


def test_origins_can_be_stated_later() -> None:
    assert _machine().with_origins({"sv": BEN}).origins == {"sv": BEN}
    assert BEN.as_read("Ada") == BEN
