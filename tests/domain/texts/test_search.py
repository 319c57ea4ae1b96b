import pytest

from app.domain.texts.search import fold_text, search_words


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Payments", "PAYMENTS"),
        ("Café at Malmö", "cafe malmo"),
        ("Cafe\u0301", "caf\u00e9"),
        ("Straße", "strasse"),
        ("Smørrebrød", "smorrebrod"),
        ("İstanbul", "istanbul"),
        ("ﬁle ＡＰＩ", "file api"),
        ("أعطال في الشبكة", "اعطال الشبكه"),
        ("مُدَّة", "مدة"),
        ("مستشفى", "مستشفي"),
        ("الدفـــع", "الدفع"),
        ("٢٠٢١", "2021"),
        ("\u2068Payments\u2069: slow", "payments:"),
        ("two   spaces\there", "spaces here"),
    ],
)
def test_a_word_is_found_whatever_its_case_accents_and_arabic_spelling(
    written: str, sought: str
) -> None:
    folded = fold_text(written)
    assert all(word in folded for word in search_words(sought))


@pytest.mark.parametrize(("written", "sought"), [("Payments", "pay_ments"), ("مدة", "مدن")])
def test_another_word_is_not_found(written: str, sought: str) -> None:
    assert not all(word in fold_text(written) for word in search_words(sought))


def test_a_query_has_each_word_once_and_ten_at_most() -> None:
    assert search_words(" b  a B ") == ("b", "a")
    assert len(search_words(" ".join(str(each) for each in range(50)))) == 10
    assert search_words(" \u200b ") == ()
