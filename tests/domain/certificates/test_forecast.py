"""Clients as forecasts and incidents name them."""

from app.domain.certificates.findings import Tier
from app.domain.certificates.forecast import Client
from app.domain.texts.localized_text import LocalizedText

LABEL = LocalizedText.from_mapping({"sv": "Kortterminaler", "en": "Card terminals"}, default="en")


def test_the_share_of_the_customers_follows_the_label_in_every_language() -> None:
    named = Client("terminal", LABEL, Tier.LEGACY, share="4 %").named
    assert list(named) == [("en", "Card terminals (4 %)"), ("sv", "Kortterminaler (4 %)")]


def test_the_source_language_of_a_label_does_not_depend_on_the_share() -> None:
    assert Client("terminal", LABEL, Tier.LEGACY, share="4 %").named.source == "en"


def test_clients_without_a_share_are_named_by_their_label() -> None:
    assert Client("terminal", LABEL, Tier.LEGACY).named is LABEL
