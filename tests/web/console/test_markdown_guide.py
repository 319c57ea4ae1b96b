from app.domain.permissions import Role
from tests.cast import Installation
from tests.console import staff


def test_the_console_shows_which_markdown_texts_have(installation: Installation) -> None:
    cy = staff(installation, Role.VIEWER)
    page = cy.get("/console/markdown").text
    assert "<s>struck out</s>" in page
    assert '<td data-label="Region">EU</td>' in page
    assert '<time datetime="2021-09-30T14:01:00Z">' in page
    assert "~~struck out~~" in page


def test_each_form_of_a_text_leads_to_the_guide(installation: Installation) -> None:
    ben = staff(installation, Role.EDITOR)
    for path in ("/console/incidents/new", "/console/maintenances/new", "/console/replies/new"):
        assert 'href="/console/markdown"' in ben.get(path).text
