"""A name that a stranger chose for a certificate is shown as data."""

from datetime import UTC, timedelta

import pytest

from app.domain.certificates.displayed_names import LONGEST_NAME, display_name
from app.domain.texts.phrases import PHRASES, Phrase, Phrased
from app.i18n.localization import Locale, localize
from app.trust.x509.certificate import parse
from tests.trust.authorities import NOON, make

STRANGE = [
    "\u202eevil\u202c name",
    "a\u2066b\u2069c\u200f\u200e\u061c",
    "zero\u200bwidth\u200d\ufeff",
    "two\nlines\u2028three\x00\x1b[31m",
    "x” is fine. Call 555. “y",
    "»x« „y“",
    "All systems operational " * 20,
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_displayed_name_is_one_short_visible_line(name: str) -> None:
    shown = display_name(name)
    assert 0 < len(shown) <= LONGEST_NAME
    assert shown.isprintable()
    assert not set(shown) & set("“”„«»\u200e\u200f\u061c\u200b")


@pytest.mark.parametrize("name", [each[:60] for each in STRANGE if "\x00" not in each])
def test_the_facts_of_a_certificate_have_the_displayed_name(name: str) -> None:
    facts = parse(make(name, starts=NOON, ends=NOON + timedelta(days=1), held_by="any")).facts
    assert facts.name == display_name(name)
    assert facts.subject.isprintable()
    assert facts.issuer.isprintable()


@pytest.mark.parametrize("language", ["en", "sv", "ar"])
def test_a_stored_name_is_quoted_and_cut_in_every_phrase(language: str) -> None:
    locale = Locale.of(language, default="en", zone=UTC)
    for code, sentence in PHRASES.items():
        if "%(subject)s" in sentence:
            phrase = Phrase.of(code, subject="\u202e" + "x" * 300 + "”", host="h", date=NOON)
            text = localize(Phrased.of(phrase), locale).text
            assert "x" * 63 + "…" in text
            assert "x" * 64 not in text
            assert "\u202e" not in text
            assert any(mark in text for mark in "“”„«»")


def test_no_headline_has_a_name_out_of_a_certificate() -> None:
    titles = [sentence for code, sentence in PHRASES.items() if code.startswith("title.")]
    assert titles
    assert not any("%(subject)s" in each or "%(issuer)s" in each for each in titles)
