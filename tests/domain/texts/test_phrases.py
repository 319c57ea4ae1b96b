import re

import pytest

from app.domain.errors import InvalidError
from app.domain.texts.phrases import PHRASES, Phrase, Phrased


def test_a_phrase_that_no_catalogue_knows_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        Phrase.of("why.sunspots", host="pay.example.com")
    assert refused.value.code == "unknown_phrase"


def test_what_a_phrase_was_given_cannot_be_changed_from_outside() -> None:
    params = {"host": "pay.example.com"}
    phrase = Phrase("why.malformed", params)
    params["host"] = "other.example.com"
    assert phrase.params == {"host": "pay.example.com"}


def test_a_text_is_one_phrase_after_the_other() -> None:
    phrases = (Phrase.of("why.malformed", host="a"), Phrase.of("who.every"))
    assert Phrased.of(*phrases).phrases == phrases


@pytest.mark.parametrize("code", PHRASES)
def test_a_phrase_is_a_sentence_with_named_gaps(code: str) -> None:
    sentence = PHRASES[code]
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", code)
    assert "%" not in re.sub(r"%\([a-z]+\)s", "", sentence)
    assert code.startswith("title.") or sentence.endswith(".")
