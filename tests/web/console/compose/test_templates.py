"""Templates of whole incidents and maintenances."""

import re
from html import unescape

import pytest

from app.domain.permissions import Role
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import make_service

TERMINALS = {
    "title:en": "Card terminals in {city}",
    "title:sv": "Kortterminaler i {city}",
    "body:en": "We are looking into it.",
    "body:sv": "Vi undersöker det i {city}.",
    "status": "identified",
    "impact": "critical",
    "services:payments": "partial_outage",
    "posted_at": "2026-03-01T10:00",
    "do": "template",
    "template_name": "Card terminals",
}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(languages=["en", "sv"], undo_seconds=0))
        make_service(ctx, "payments")
    person = staff(installation, Role.EDITOR)
    person.headers["Accept-Language"] = "en"
    return person


def used(ben: Staff, name: str) -> str:
    """The form that is filled from the template with this name."""
    page = ben.get("/console/templates").text
    found = re.search(rf'href="([^"]*\?template=[^"]*)">Use<span class="away"> {name}<', page)
    assert found
    return ben.get(unescape(found[1])).text


def typed(page: str) -> dict[str, str]:
    lines = re.findall(r'<input id="(title:\w+)"[^>]* value="([^"]*)"', page)
    areas = re.findall(r'<textarea id="(body:\w+)"[^>]*>\n(.*?)</textarea>', page, flags=re.S)
    return {name: unescape(text) for name, text in [*lines, *areas]}


def test_a_whole_incident_is_saved_and_used_again(ben: Staff) -> None:
    answer = ben.send("/console/incidents/new", TERMINALS)
    assert answer.headers["location"] == "/console/templates"
    page = used(ben, "Card terminals")
    assert typed(page)["title:sv"] == "Kortterminaler i {city}"
    assert re.search(r'value="identified"[^>]* checked', page)
    assert '<option value="critical" selected>' in page
    assert '<option value="partial_outage" selected>' in page
    # The time belongs to one occasion.
    assert "2026-03-01" not in page
    assert "<code>city</code>" in page


def test_gaps_are_filled_in_every_language_at_once(ben: Staff) -> None:
    ben.send("/console/incidents/new", TERMINALS)
    texts = typed(used(ben, "Card terminals"))
    fields = {**TERMINALS, **texts, "do": "fill", "gap:city": "Malmö"}
    filled = ben.send("/console/incidents/new", fields).text
    assert typed(filled) == {
        "title:en": "Card terminals in Malmö",
        "title:sv": "Kortterminaler i Malmö",
        "body:en": "We are looking into it.",
        "body:sv": "Vi undersöker det i Malmö.",
    }
    assert "Placeholders in the texts" not in filled


def test_a_maintenance_has_templates_of_its_own(ben: Staff) -> None:
    ben.send("/console/incidents/new", TERMINALS)
    new = {
        "title:en": "Database upgrade",
        "body:en": "It may be slow.",
        "services": "payments",
        "starts_at": "2026-03-15T02:00",
        "repeats": "weekly",
        "do": "template",
        "template_name": "Upgrade",
    }
    assert ben.send("/console/maintenances/new", new).status_code == 303
    page = used(ben, "Upgrade")
    assert typed(page)["title:en"] == "Database upgrade"
    assert re.search(r'value="payments" checked', page)
    assert '<option value="weekly" selected>' in page
    assert "2026-03-15" not in page
    assert "Card terminals" not in page


def test_a_template_that_cannot_be_stored_is_refused(ben: Staff) -> None:
    path = "/console/incidents/new"
    ben.send(path, TERMINALS)
    assert ben.send(path, TERMINALS).status_code == 409
    assert ben.send(path, {**TERMINALS, "template_name": ""}).status_code == 422
    empty = {"do": "template", "template_name": "Empty", "status": "identified"}
    assert ben.send(path, empty).status_code == 422
    assert ben.get(f"{path}?template=zzzzzzzzzzzz").status_code == 404


def test_a_template_is_deleted_once_it_is_confirmed(ben: Staff) -> None:
    ben.send("/console/incidents/new", TERMINALS)
    page = ben.get("/console/templates").text
    path = re.search(r'action="(/console/templates/\w+/delete)"', page)
    assert path
    ben.confirm(path[1])
    assert "There are no templates yet." in ben.get("/console/templates").text


def test_programs_add_templates_for_the_console(installation: Installation, ben: Staff) -> None:
    new = {
        "name": "Terminals",
        "kind": "incident",
        "title": {"en": "Terminals", "sv": "Terminaler"},
        "body": "We look.",
        "services": {"payments": "major_outage"},
        "impact": "major",
    }
    made = installation.ben.post("/api/v1/templates", new)
    assert made.status_code == 201, made.text
    assert installation.ben.post("/api/v1/templates", new).json()["code"] == "template_name_taken"
    page = used(ben, "Terminals")
    assert typed(page)["title:sv"] == "Terminaler"
    assert '<option value="major_outage" selected>' in page
    assert installation.vera.get("/api/v1/templates").status_code == 401
    for wrong in ({"kind": "x"}, {"title": ""}, {"services": {"payments": "gone"}}, {"name": ""}):
        assert installation.ben.post("/api/v1/templates", {**new, **wrong}).status_code == 422


def test_a_template_is_edited_in_the_form_of_its_kind(ben: Staff) -> None:
    ben.send("/console/incidents/new", TERMINALS)
    ben.send("/console/incidents/new", {**TERMINALS, "template_name": "Other"})
    listed = ben.get("/console/templates").text
    found = re.search(r'href="([^"]*edit=yes)">Edit<span class="away"> Card terminals<', listed)
    assert found
    page = ben.get(unescape(found[1])).text
    assert "You are editing a template." in page
    number = re.search(r'name="template_id" value="(\w{12})"', page)
    assert number
    assert 'name="template_name" type="text" value="Card terminals"' in page
    changed = {**TERMINALS, "template_id": number[1], "title:en": "All terminals"}
    answer = ben.send("/console/incidents/new", {**changed, "template_name": "Every terminal"})
    assert answer.headers["location"] == "/console/templates"
    assert typed(used(ben, "Every terminal"))["title:en"] == "All terminals"
    assert "> Card terminals<" not in ben.get("/console/templates").text


def test_a_name_that_is_taken_and_a_template_that_is_gone_are_refused(ben: Staff) -> None:
    ben.send("/console/incidents/new", TERMINALS)
    ben.send("/console/incidents/new", {**TERMINALS, "template_name": "Other"})
    listed = ben.get("/console/templates").text
    found = re.search(r'edit=yes">Edit<span class="away"> Card terminals<', listed)
    number = re.search(r"template=(\w{12})", listed[: found.end()][-200:] if found else "")
    assert number
    changed = {**TERMINALS, "template_id": number[1]}
    taken = ben.send("/console/incidents/new", {**changed, "template_name": "Other"})
    assert taken.status_code == 409
    assert "You are editing a template." in taken.text
    gone = ben.send("/console/incidents/new", {**changed, "template_id": "zzzzzzzzzzzz"})
    assert gone.status_code == 404


def test_programs_replace_templates(installation: Installation, ben: Staff) -> None:
    new = {"name": "Terminals", "kind": "incident", "title": "Terminals", "body": "We look."}
    made = installation.ben.post("/api/v1/templates", new).json()
    path = f"/api/v1/templates/{made['id']}"
    changed = installation.ben.put(path, {**new, "body": "We are looking into it."})
    assert changed.status_code == 200, changed.text
    assert changed.json()["fields"]["body:en"] == "We are looking into it."
    assert installation.cy.put(path, new).status_code == 403
    assert installation.ben.put("/api/v1/templates/zzzzzzzzzzzz", new).status_code == 404
    assert typed(used(ben, "Terminals"))["body:en"] == "We are looking into it."
