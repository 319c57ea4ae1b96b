"""Text at its addresses, and at the first page's for those who ask for it."""

import pytest

from app.web.formats.plain_text_accept import preferred_text
from tests.cast import Installation
from tests.factories import make_incident, make_service


@pytest.fixture
def troubled(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments", name="Payments")
        make_incident(ctx, title="Payments fail")
    return installation


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/index.txt", "text/plain", "Services"),
        ("/sv/index.txt", "text/plain", "Tjänster"),
        ("/index.md", "text/markdown", "## Services"),
        ("/sv/index.md", "text/markdown", "## Tjänster"),
        ("/llms.txt", "text/plain", "https://status.example.com/sv/index.md"),
    ],
)
def test_the_page_can_be_read_as_text(
    troubled: Installation, path: str, kind: str, words: str
) -> None:
    answer = troubled.vera.get(path)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert words in answer.text
    assert "Payments fail" in answer.text


def test_an_incident_can_be_read_as_markdown(troubled: Installation) -> None:
    with troubled.writing() as ctx:
        incident = make_incident(ctx, title="Mail fails").incident.id
        draft = make_incident(ctx, title="A secret", publish=False).incident.id
    answer = troubled.vera.get(f"/sv/incidents/{incident}.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Mail fails\n\nUndersöks")
    assert troubled.vera.get(f"/incidents/{draft}.md").status_code == 404


def test_who_asks_for_text_gets_text_that_no_shared_cache_keeps(troubled: Installation) -> None:
    answer = troubled.vera.get("/", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == troubled.vera.get("/index.txt").text
    assert answer.headers["cache-control"] == "private, max-age=10"
    assert answer.headers["vary"] == "Accept, Accept-Language, Accept-Encoding"
    known = {"Accept": "text/plain", "If-None-Match": answer.headers["etag"]}
    assert troubled.vera.get("/", headers=known).status_code == 304
    swedish = troubled.vera.get("/sv/", headers={"Accept": "text/markdown"})
    assert swedish.text == troubled.vera.get("/sv/index.md").text


def test_everybody_else_gets_html_from_any_cache(troubled: Installation) -> None:
    answer = troubled.vera.get("/", headers={"Accept": "*/*", "User-Agent": "curl/8.5.0"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"].startswith("public")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", None),
        ("*/*", None),
        ("text/plain", "text/plain"),
        ("text/markdown, text/html;q=0.9, */*;q=0.1", "text/markdown"),
        ("text/markdown;q=0.5, text/plain", "text/plain"),
        ("text/html, text/plain", None),
        ("text/html;q=0.2,text/plain;q=0.8", "text/plain"),
        ("text/plain;q=0", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", None),
        ("text/plain;q=nonsense", "text/plain"),
        (";;,,", None),
    ],
)
def test_text_is_for_those_who_name_it_before_html(accept: str, kind: str | None) -> None:
    assert preferred_text(accept) == kind
