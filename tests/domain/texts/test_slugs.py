"""Slugs of names in any script."""

import pytest

from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.slugs import free_slug, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Card payments", "card-payments"),
        ("Fjärrvärme (öst)", "fjarrvarme-ost"),
        ("Straße & Łódź", "strasse-lodz"),
    ],
)
def test_a_slug_has_the_ascii_letters_of_its_name(name: str, slug: str) -> None:
    assert slug_of(LocalizedText.of(name, "en"), prefix="service") == slug


def test_a_name_without_ascii_letters_takes_those_of_a_translation_or_a_hash() -> None:
    arabic = LocalizedText.of("البريد", "ar")
    first = slug_of(arabic, prefix="service")
    assert first.startswith("service-")
    assert slug_of(arabic, prefix="service") == first
    both = LocalizedText.from_mapping({"ar": "البريد", "en": "Mail"}, default="ar")
    assert slug_of(both, prefix="service") == "mail"


def test_a_taken_slug_gets_the_first_free_number() -> None:
    assert free_slug("mail", {"web"}.__contains__) == "mail"
    assert free_slug("mail", {"mail", "mail-2"}.__contains__) == "mail-3"
