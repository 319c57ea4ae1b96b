"""Names in certificates, made safe to show."""

from app.domain.certificates.displayed_names import LONGEST_NAME, display_name


def test_an_ordinary_name_is_shown_as_it_is() -> None:
    assert display_name(" Demo Old Root X3 ") == "Demo Old Root X3"
    assert display_name("Ünïcode") == "Ünïcode"


def test_characters_that_are_invisible_or_change_the_direction_are_removed() -> None:
    assert display_name("Root\u202e\u200b\u2028of\x00 evil\u00a0  CA") == "Root of evil CA"


def test_a_name_cannot_end_its_own_quotation_or_be_endless() -> None:
    assert display_name("a” is fine, “b") == "a' is fine, 'b"
    assert len(display_name("x" * 500)) == LONGEST_NAME
