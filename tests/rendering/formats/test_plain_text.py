"""The page as plain text and as Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.domain.page.pages import IncidentPage
from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.rendering.formats import plain_text
from app.rendering.text.machine_language import MachineLanguage
from tests.languages import SAMPLE
from tests.rendering import cases, records, windows

_EN = MachineLanguage("en", is_explicit=True)


def _page(title: LocalizedText, body: LocalizedText) -> IncidentPage:
    update = records.update(IncidentStatus.RESOLVED, body, at=records.NOW)
    return IncidentPage(records.facts(), records.incident(title, update))


def test_a_terminal_shows_what_is_wrong_in_words_and_shapes() -> None:
    lines = plain_text.overview_text(cases.one_incident(), _EN).decode().splitlines()
    assert lines[:3] == ["Harbour", "", "◐ Partial outage: Card terminals"]
    assert "  Card payments fail at some terminals" in lines
    assert "  ~ Checkout: Degraded performance" in lines
    assert "  https://status.example.org/en/incidents/incident0001" in lines
    assert max(len(line) for line in lines) <= 80


def test_a_maintenance_is_read_as_markdown() -> None:
    document = plain_text.maintenance_markdown(windows.maintenance_page(), _EN).decode()
    lines = [" ".join(line.split()) for line in document.splitlines()]
    assert lines[:3] == [
        "# New quay database",
        "",
        "In progress · Oct 4, 2021, 1:00 PM – 3:00 PM UTC",
    ]
    heading = lines.index("## In progress, Oct 4, 2021, 1:03 PM UTC")
    assert lines[heading + 2] == "Half of it has moved."
    assert lines[-1].endswith("/en/maintenances/maintenance1/20211004T130000Z")


@pytest.mark.parametrize("language", SAMPLE)
@pytest.mark.parametrize("page", [cases.all_fine, cases.one_incident, cases.under_maintenance])
def test_every_language_has_its_text(page, language: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for render in (plain_text.overview_text, plain_text.overview_markdown):
        document = render(page(), MachineLanguage(language, is_explicit=True)).decode()
        assert document.endswith("\n")
        assert "\n\n\n" not in document
        assert "{" not in document


def test_markdown_leads_to_the_incidents() -> None:
    document = plain_text.overview_markdown(cases.one_incident(), _EN).decode()
    assert document.startswith("# Harbour\n\n**Partial outage: Card terminals**\n")
    assert (
        "### [Card payments fail at some terminals]"
        "(https://status.example.org/en/incidents/incident0001.md)" in document
    )


def test_an_incident_keeps_the_markdown_of_its_authors() -> None:
    page = _page(
        records.text("It *failed*"), records.text("All is **well** at {{2021-10-04T09:00Z}}.")
    )
    document = plain_text.incident_markdown(page, _EN).decode()
    assert document.startswith("# It \\*failed\\*\n")
    assert "\nAll is **well** at Oct 4, 2021, 9:00\u202fAM UTC.\n" in document


def test_what_is_not_translated_says_so() -> None:
    page = _page(records.text("It failed"), records.text("Well."))
    document = plain_text.incident_markdown(page, MachineLanguage("sv", is_explicit=True)).decode()
    assert "Vissa texter har inte översatts ännu. Deras språk: engelska." in document


@given(st.text(st.characters(codec=None), min_size=1, max_size=40))
def test_no_title_acts_on_a_terminal_or_becomes_markup(title: str) -> None:
    page = _page(records.text(f"{title}\x1b[31m](javascript:1)\n# x"), records.text("Well."))
    document = plain_text.incident_markdown(page, _EN).decode()
    assert "\x1b" not in document
    heading, *_rest = MarkdownIt().parse(document)
    assert (heading.type, heading.tag) == ("heading_open", "h1")
    inline = MarkdownIt().parse(document)[1]
    assert all(child.type in {"text", "text_special"} for child in inline.children or [])
