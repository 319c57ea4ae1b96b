"""What a machine must give back, and what it must not add."""

import time

import pytest

from app.domain.translation.protection import protect, restore
from app.domain.translation.terms import RequiredTerm, broken_terms

NAMES = {"Card payments": "Kortbetalningar", "Acme": "Acme"}
SOURCE = (
    "**Card payments** at pay.example.com:8443 fail since 14:05 UTC.\n"
    "\n"
    "- See [the notes](https://example.com/a?b=c), run `curl -v` & ask {service}.\n"
    "```\nsudo reboot\n```\n"
    "1. Back at {{2026-11-30T14:05Z}}, mail ops@example.com or 10.0.0.1.\n"
    "| 30 |"
)


def test_everything_that_is_no_prose_is_an_element() -> None:
    text = protect(SOURCE, NAMES)
    assert text.marked == [
        '**<x id="1"/>** at <x id="2"/> fail since <x id="3"/>.',
        'See [the notes<x id="1"/>, run <x id="2"/> &amp; ask <x id="3"/>.',
        'Back at <x id="1"/>, mail <x id="2"/> or <x id="3"/>.',
    ]


@pytest.mark.parametrize(
    "name",
    [
        "pay.exämple.se",
        "https://例え.jp/a",
        "2001:db8::1",
        "web01",
        "db-primary-2",
        "FYR_DATA_DIR",
        "/var/log/fyr.log",
        "+46 8 123 456 78",
        "12/05/2026",
        "2026-05-12",
        "2:05 p.m. CET",
        "#4711",
        "@ops-team",
        "{{2026-11-30T14:05Z}}",
        "<https://example.com>",
        "R10",
    ],
)
def test_what_names_something_does_not_leave_the_machine(name: str) -> None:
    text = protect(f"It began at {name} and ended.", {})
    assert text.marked == ['It began at <x id="1"/> and ended.']
    assert restore(text, ['Slut: <x id="1"></x>.']) == f"Slut: {name}."


def test_names_are_found_in_scripts_without_spaces() -> None:
    text = protect("決済が失敗しています。", {"決済": "Payments"})
    assert text.marked == ['<x id="1"/>が失敗しています。']
    assert restore(text, ['<x id="1"/> fail.']) == "Payments fail."


def test_a_name_within_a_word_is_no_name() -> None:
    assert protect("Payments and Paymentsx", {"Payments": "Betalningar"}).marked == [
        '<x id="1"/> and Paymentsx'
    ]


def test_a_translation_that_changes_nothing_gives_the_text_back_with_translated_names() -> None:
    text = protect(SOURCE, NAMES)
    assert restore(text, text.marked) == SOURCE.replace("Card payments", "Kortbetalningar")


def test_elements_may_move_and_have_an_end() -> None:
    text = protect("Card payments fail since 14:05.", NAMES)
    restored = restore(text, ["Sedan <x id='2'></x> felar <x id=\"1\" />."])
    assert restored == "Sedan 14:05 felar Kortbetalningar."


@pytest.mark.parametrize(
    "translated",
    [
        "Felar sedan <x id='2'/>.",
        "<x id='1'/> <x id='1'/> felar sedan <x id='2'/>.",
        "<x id='1'/> felar sedan <x id='2'/><x id='3'/>.",
        "<x id='1'/> felar sedan <x id='2'/>, se https://evil.example/.",
        "<x id='1'/> felar sedan <x id='2'/>, se evil.example.",
        "<x id='1'/> felar sedan <x id='2'/> `rm -rf /`",
        "<x id='1'/> felar sedan <x id='2'/> {name}",
        "<x id='1'/> felar sedan <x id='2'/> <script>alert(1)</script>",
        "<x id='1'/> felar sedan <x id='2'/> &lt;script&gt;",
        "<x id='1'/> felar **sedan <x id='2'/>",
        "<x id='1'/> felar i 300 minuter sedan <x id='2'/>",
        "<x id='1'/> felar\nsedan <x id='2'/>",
        "<x id='1'/> felar \u202esedan <x id='2'/>",
        "<x id='1'/> " + "felar " * 400 + "<x id='2'/>",
        "<x id='1'/> felar \ue000 sedan <x id='2'/>",
        "<x id='1'/> felar \ue001 sedan <x id='2'/>",
        "",
        "<x id='99999999999999'/>",
    ],
)
def test_a_translation_that_lost_or_added_something_is_dropped(translated: str) -> None:
    assert restore(protect("Card payments fail since 14:05.", NAMES), [translated]) is None


def test_numbers_stay_and_small_ones_may_be_words() -> None:
    text = protect("It takes 30 minutes or two hours.", {})
    assert restore(text, ["Det tar 30 minuter eller 2 timmar."]) is not None
    assert restore(text, ["Det tar 60 minuter eller två timmar."]) is None
    assert restore(text, ["يستغرق ٣٠ دقيقة أو ساعتين."]) is not None
    assert restore(protect("1,000 of 20,000 fail", {}), ["1 000 av 20 000 felar"]) is not None


@pytest.mark.parametrize("part", ["a", "a-", "`", "-/", "{", "<", "a.", "1 ", "@", "](", "_", "é"])
def test_a_hostile_answer_is_searched_in_time_in_proportion_to_its_length(part: str) -> None:
    def seconds(length: int) -> float:
        text = protect("word " * (length // 20), {})
        answer = part * (length // len(part))
        began = time.process_time()
        restore(text, [answer])
        protect(answer, {})
        return time.process_time() - began

    # With the square of the length, it would be 64 times the time.
    assert seconds(16_000) < 32 * max(seconds(2_000), 0.002)


def test_fewer_lines_than_were_sent_are_no_translation() -> None:
    assert restore(protect("One.\nTwo.", {}), ["Ett."]) is None


def test_a_term_of_the_source_needs_a_form_in_the_translation() -> None:
    def holds(text: str, forms: object) -> bool:
        return any(form in text for form in forms)  # type: ignore[attr-defined]

    term = RequiredTerm(("incident",), ("störning",))
    assert broken_terms("an incident", "ett fel", [term], holds) == [term]
    assert broken_terms("an incident", "en störning", [term], holds) == []
    assert broken_terms("a fault", "ett fel", [term], holds) == []
    assert broken_terms("an incident", "ett fel", [RequiredTerm(("incident",), ())], holds) == []
