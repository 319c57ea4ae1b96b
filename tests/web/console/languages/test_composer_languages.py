"""The composer, the list of translations and the screen of languages, with 52 languages."""

from typing import Any

import pytest
from lxml import html

from app.db.queries.page import page
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n.languages import LANGUAGES, REGISTERED
from app.usecases.context import SHELL
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.page import language_demand
from app.usecases.page.composed_languages import composed_languages
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, BEN, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service, make_subscriber

# English is the default; Polish and Swedish were asked for; a subscriber reads Finnish.
OTHERS = len(REGISTERED) - 4
UPDATE = {"status": "identified", "body:en": "We know.", "notify": "on"}


def publish(installation: Installation, languages: tuple[str, ...]) -> None:
    """Publish these languages, also those whose catalogue is not complete."""
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
        page.read_page(ctx.session).languages = list(languages)


@pytest.fixture
def ben(installation: Installation) -> Staff:
    publish(installation, REGISTERED)
    with installation.writing(SHELL) as ctx:
        make_service(ctx)
        make_subscriber(ctx, "kim@example.com", language="fi")
        language_demand.add_views(ctx, {("pl", "en"): 412, ("sv", "sv"): 3, ("eo", "en"): 1})
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


def _read(text: str) -> Any:  # noqa: ANN401  # an element of lxml
    return html.fromstring(text)


def _opened(installation: Installation) -> str:
    with installation.writing(ADA) as ctx:
        return make_incident(ctx).incident.id


def _tags(page_text: str, where: str) -> list[str]:
    tabs = _read(page_text).xpath(f"{where}/input[@name='shown_language']/@value")
    return [str(tag) for tag in tabs]


def _shown(page_text: str) -> list[str]:
    return _tags(page_text, "//fieldset[contains(@class, 'language-tabs')]/div[@class='set']")


def _unfolded(page_text: str) -> list[str]:
    return _tags(page_text, "//details[contains(@class, 'other-languages')]/div[@class='set']")


def test_the_composer_shows_the_languages_that_somebody_reads(
    installation: Installation, ben: Staff
) -> None:
    form = ben.get(f"/console/incidents/{_opened(installation)}/update").text
    assert _shown(form) == ["en", "sv", "fi", "pl"]
    assert len(_unfolded(form)) == OTHERS
    assert f"{OTHERS} other languages without readers (0 written)" in form


def test_few_languages_are_shown_at_once(installation: Installation) -> None:
    publish(installation, ("en", "sv", "ar", "de", "fr", "pl"))
    with installation.reading() as ctx:
        assert len(composed_languages(ctx).shown) == 6
        assert composed_languages(ctx).others == ()


def test_posting_takes_as_many_fields_with_52_languages_as_with_one(
    installation: Installation, ben: Staff
) -> None:
    incident = _opened(installation)
    ben.send(f"/console/incidents/{incident}/update", {**UPDATE, "do": "publish"})
    with installation.reading() as ctx:
        body = get_incident(ctx, incident).incident.updates[0].body
    assert isinstance(body, LocalizedText)
    assert dict(body) == {"en": "We know."}


def test_a_standard_sentence_fills_all_languages_and_says_so(
    installation: Installation, ben: Staff
) -> None:
    publish(installation, LANGUAGES)
    path = f"/console/incidents/{_opened(installation)}/update"
    chosen = {**UPDATE, "body:en": "", "do": "sentence", "sentence": "working_on_a_fix"}
    filled = ben.send(path, chosen)
    fields = {
        str(each.get("name")): str(each.get("value") or each.text or "").strip()
        for each in _read(filled.text).xpath("//form[@class='compose']//*[@name]")
        if each.get("name").startswith(("body:", "made:"))
    }
    fields["body:sv"] += " Vi hör av oss."
    ben.send(path, {**UPDATE, **fields, "do": "publish"})
    with installation.reading() as ctx:
        (_, incident) = path.split("/")[2:4]
        body = get_incident(ctx, incident).incident.updates[0].body
    assert isinstance(body, LocalizedText)
    origins = body.origins
    assert origins["ar"] == TextOrigin(OriginKind.STANDARD_SENTENCE)
    assert origins["sv"] == TextOrigin(OriginKind.PERSON, BEN.name)
    assert set(origins) == set(LANGUAGES)


def test_missing_and_outdated_translations_are_listed_with_links_to_their_fields(
    installation: Installation, ben: Staff
) -> None:
    incident = _opened(installation)
    ben.send(f"/console/incidents/{incident}/update", {**UPDATE, "body:sv": "Vi vet."})
    with installation.reading() as ctx:
        update = get_incident(ctx, incident).incident.updates[0].id
    here = f"/console/incidents/{incident}/updates/{update}"
    ben.send(here, {"body:en": "We know now.", "body:sv": "Vi vet.", "do": "publish", "seen": ""})
    shown = _read(ben.get(f"/console/incidents/{incident}").text)
    links = {
        str(each.get("href")): " ".join(each.getparent().text_content().split())
        for each in shown.xpath("//section[@id='translations']//a")
        if update in each.get("href")
    }
    assert [link.partition("?")[2] for link in links] == [
        "shown_language=fi#body:fi",
        "shown_language=pl#body:pl",
        "shown_language=sv#body:sv",
    ]
    assert links[f"{here}?shown_language=sv#body:sv"].endswith("outdated")
    translations = " ".join(shown.get_element_by_id("translations").text_content().split())
    assert f"Missing in {OTHERS} languages without readers." in translations
    assert f"English and Swedish: written by {BEN.name}" in translations
    field = _read(ben.get(f"{here}?shown_language=pl").text).get_element_by_id("body:pl")
    assert field.get("autofocus") is not None
    folded = _read(ben.get(f"{here}?shown_language=de").text)
    assert folded.xpath("//details[contains(@class, 'other-languages')]/@open")


def test_the_api_lists_them_too(installation: Installation, ben: Staff) -> None:
    incident = _opened(installation)
    made = installation.ben.post(
        f"/api/v1/incidents/{incident}/updates", {"status": "monitoring", "body": {"en": "Fixed."}}
    ).json()
    items = installation.cy.get(f"/api/v1/incidents/{incident}/translations").json()["items"]
    assert made
    assert items[1]["kind"] == "update"
    origin = items[1]["origins"]["en"]
    assert (origin["kind"], origin["read_by"]) == ("program", None)
    assert origin["by"].startswith("editor")
    assert len(items[1]["missing"]) == len(REGISTERED) - 1


def test_staff_read_what_visitors_asked_for(ben: Staff) -> None:
    shown = " ".join(ben.get("/console/languages").text.split())
    assert "412 page views asked for Polish this month and got English." in shown
    assert "1 page view asked for Esperanto this month and got English." in shown
    assert "asked for Swedish" not in shown
