"""Standard sentences: one choice writes the text in every language."""

import re
from html import unescape

import pytest

from app.domain.permissions import Role
from app.domain.statuses import ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.standard_sentences import STANDARD_SENTENCES
from app.i18n.catalogues.catalogs import translations
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.services.services import add_service
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_maintenance, update
from tests.languages import SAMPLE

NAME = {"en": "Payments", "sv": "Betalningar", "ar": "المدفوعات"}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(languages=list(NAME)))
        add_service(ctx, "payments", LocalizedText.from_mapping(NAME, default="en"))
        add_service(ctx, "mail", LocalizedText.of("Mail", "en"))
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


def texts(page: str) -> dict[str, str]:
    found = re.findall(r'<textarea id="body:(\w+)"[^>]*>\n(.*?)</textarea>', page, flags=re.S)
    return {tag: unescape(text) for tag, text in found}


@pytest.mark.parametrize("language", SAMPLE[1:])
def test_twenty_sentences_exist_in_every_language(language: str) -> None:
    assert len(STANDARD_SENTENCES) >= 20
    catalogue = translations(language)
    for code, sentence in STANDARD_SENTENCES.items():
        translated = catalogue.gettext(sentence.text)
        assert translated != sentence.text, code
        assert ("%(services)s" in translated) is ("%(services)s" in sentence.text), code


def test_one_choice_writes_every_language(ben: Staff) -> None:
    fields = {
        "do": "sentence",
        "sentence": "looking_into_it",
        "status": "investigating",
        "services:payments": "partial_outage",
        "body:sv": "Hej.",
    }
    page = ben.send("/console/incidents/new", fields).text
    assert texts(page) == {
        "en": "We are looking into a problem. Affected: Payments.",
        "sv": "Hej.\n\nVi undersöker ett problem. Berörs: Betalningar.",
        "ar": "نبحث في مشكلة. الخدمات المتأثرة: المدفوعات.",
    }
    # What was chosen for the incident stays as it is.
    assert re.search(r'value="investigating"[^>]* checked', page)


def test_several_services_are_a_list_and_none_are_our_services(ben: Staff) -> None:
    fields = {"do": "sentence", "sentence": "over", "status": "resolved"}
    page = ben.send("/console/incidents/new", fields).text
    assert texts(page)["sv"].endswith("Tjänster som berördes: våra tjänster.")
    for slug in ("payments", "mail"):
        fields[f"services:{slug}"] = "operational"
    page = ben.send("/console/incidents/new", fields).text
    assert texts(page)["en"].endswith("Services that were affected: Payments and Mail.")
    assert texts(page)["sv"].endswith("Tjänster som berördes: Betalningar och Mail.")


def test_an_update_names_the_services_of_its_incident(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing(ADA) as ctx:
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        incident = make_incident(ctx, first).incident.id
        window = make_maintenance(ctx, "payments").id
    fields = {"do": "sentence", "sentence": "slow_for_a_while", "status": "monitoring"}
    page = ben.send(f"/console/incidents/{incident}/update", fields).text
    assert "Berörs: Betalningar." in texts(page)["sv"]
    fields = {"do": "sentence", "sentence": "work_completed", "status": "completed"}
    page = ben.send(f"/console/maintenances/{window}/update", fields).text
    assert "Tjänster som berördes: Betalningar." in texts(page)["sv"]
    fields = {"do": "sentence", "sentence": "planned_work", "services": "payments"}
    page = ben.send("/console/maintenances/new", fields).text
    assert "Berörs: Betalningar." in texts(page)["sv"]


def test_an_unknown_sentence_changes_nothing(ben: Staff) -> None:
    fields = {"do": "sentence", "sentence": "no_such", "status": "resolved", "body:en": "Mine."}
    answer = ben.send("/console/incidents/new", fields)
    assert answer.status_code == 200
    assert texts(answer.text) == {"en": "Mine.", "sv": "", "ar": ""}


def test_the_composer_says_which_languages_would_read_another_one(ben: Staff) -> None:
    fields = {"do": "preview", "status": "investigating", "title:sv": "Fel", "body:sv": "Hej."}
    page = ben.send("/console/incidents/new", fields).text
    assert "There is no text in English and Arabic: these readers see the text in Swedish" in page
    everywhere = {**fields, "body:en": "Hi.", "body:ar": "مرحبا"}
    assert "There is no text in" not in ben.send("/console/incidents/new", everywhere).text
    assert "There is no text in" not in ben.get("/console/incidents/new").text


def test_programs_read_the_sentences_in_every_language(
    installation: Installation, ben: Staff
) -> None:
    found = installation.cy.get("/api/v1/standard-sentences").json()["items"]
    assert len(found) == len(STANDARD_SENTENCES)
    first = next(each for each in found if each["code"] == "looking_into_it")
    assert first["status"] == "investigating"
    assert first["text"]["sv"] == "Vi undersöker ett problem. Berörs: {services}."
    assert set(first["text"]) == {"en", "sv", "ar"}
    assert installation.vera.get("/api/v1/standard-sentences").status_code == 401
