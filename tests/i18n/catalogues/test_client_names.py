"""The shipped client profiles have a name in every language."""

from zoneinfo import ZoneInfo

import pytest

from app.domain.texts.localized_text import LocalizedText, tag_and_parents
from app.domain.texts.phrases import Phrase, Phrased
from app.i18n.catalogues.client_names import client_name, named_in
from app.i18n.languages import LANGUAGES, REGISTERED, SOURCE
from app.i18n.localization import Locale, localize
from app.trust.clients.profiles import shipped_profiles

# Names of products with a version, which every language writes as English does.
_EVERYWHERE = {"OpenSSL 3", "OpenSSL 1.0.2", "OpenSSL 0.9.8", "Android 8", "Python 3.13+"}


def named(text: str) -> LocalizedText:
    """The name of a client as a record has it."""
    return LocalizedText.of(text, SOURCE)


@pytest.mark.parametrize("tag", [tag for tag in REGISTERED if tag != SOURCE])
def test_each_shipped_profile_has_a_name_in_each_language(tag: str) -> None:
    labels = [profile.label for profile in shipped_profiles().values()]
    assert len(labels) >= 15
    for label in labels:
        if label["en"] in _EVERYWHERE or set(tag_and_parents(tag)) & set(label):
            continue
        name = client_name(named(label["en"]), tag, default="en")
        assert name != label["en"], label["en"]
        with_share = named(f"{label['en']} (7 %)")
        assert client_name(with_share, tag, default="en") == f"{name} (7 %)"


def test_a_sentence_about_clients_names_them_in_the_language() -> None:
    clients = (named("Older devices and software (OpenSSL 1.0)"), named("Current Java (3 %)"))
    text = Phrased.of(Phrase.of("who.all", affected=clients))
    for tag in {"de", "fr", "nl", "es"} & set(LANGUAGES):
        shown = localize(text, Locale.of(tag, default="en", zone=ZoneInfo("UTC"))).text
        assert "Older devices" not in shown
        assert "Current Java" not in shown


def test_the_name_of_an_operators_profile_stays_as_it_is_written() -> None:
    assert client_name(named("Our tills"), "de", default="en") == "Our tills"
    assert client_name(named("Current Javanese"), "de", default="en") == "Current Javanese"
    own = LocalizedText.from_mapping({"en": "Current Java", "de": "Unser Java"}, default="en")
    assert client_name(own, "de", default="en") == "Unser Java"


def test_a_name_keeps_its_other_languages_beside_that_of_the_reader() -> None:
    english = named("Current Java (3 %)")
    german = named_in(english, "de", default="en")
    assert german.choose("de", default="en").text == "Aktuelles Java (3 %)"
    assert german.choose("sv", default="en") == english.choose("sv", default="en")
    assert named_in(named("Our tills"), "de", default="en") == named("Our tills")
    assert named_in(english, "cy", default="en") == english


def test_a_language_without_a_file_reads_the_best_other_text() -> None:
    assert client_name(named("Current Java"), "cy", default="en") == "Current Java"
    swedish = LocalizedText.of("Java", "sv")
    assert client_name(swedish, "de", default="en") == "Java"
