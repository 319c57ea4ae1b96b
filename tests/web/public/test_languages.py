"""The list of languages, and the switcher of a page that is published in many."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from app.db.migrate import upgrade
from app.db.queries.page import page
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite

# The catalogues of three languages serve as many of their regions.
MANY = ("en", "sv", "ar", "sv-fi", "ar-eg", "en-au", "en-in", "sv-ax")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page in many languages, to be read only."""
    folder: Path = tmp_path_factory.mktemp("languages")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as made:
        with made.writing() as ctx:
            page.read_page(ctx.session).languages = list(MANY)
            ctx.touch()
        yield made


def read(installation: Installation, path: str, **headers: str) -> html.HtmlElement:
    answer = installation.vera.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return html.document_fromstring(answer.text)


def links(root: html.HtmlElement) -> list[str]:
    return [str(each) for each in root.xpath("//main//li/a/@href")]


def test_more_than_six_languages_are_a_disclosure_with_a_form_that_needs_no_script(
    installation: Installation,
) -> None:
    root = read(installation, "/sv/report")
    (switcher,) = root.xpath("//nav[contains(@class, 'languages')]/details")
    assert [each.get("hreflang") for each in switcher.xpath(".//a")] == list(MANY)
    (form,) = switcher.xpath(".//form")
    assert (form.get("action"), form.get("method", "get")) == ("/sv/languages", "get")
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
    assert fields == {"q": None, "path": "/report"}
    assert form.xpath(".//button[not(@type)]")


def test_a_search_lists_the_languages_that_match_with_links_to_the_page_it_came_from(
    installation: Installation,
) -> None:
    root = read(installation, "/en/languages?q=svenska&path=/history")
    assert links(root) == ["/sv/history", "/sv-fi/history", "/sv-ax/history"]
    assert root.xpath("//main//input[@name='q']/@value") == ["svenska"]
    assert links(read(installation, "/en/languages?q=swedish")) == ["/sv/", "/sv-fi/", "/sv-ax/"]


def test_a_search_with_one_result_leads_there_at_once(installation: Installation) -> None:
    answer = installation.vera.get(
        "/en/languages", params={"q": "egypt", "path": "/subscribe?service=x"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ar-eg/subscribe?service=x"
    assert answer.headers["cache-control"] == "no-store"


def test_a_search_without_a_result_says_so_in_the_language_of_the_reader(
    installation: Installation,
) -> None:
    root = read(installation, "/sv/languages?q=klingon")
    assert "Inget språk matchar." in root.xpath("string(//main)")
    assert root.xpath("//main//a[@href='/sv/languages']")


@pytest.mark.parametrize("path", ["/languages", "/en/languages"])
def test_the_list_without_a_search_has_all_languages(installation: Installation, path: str) -> None:
    assert links(read(installation, path)) == [f"/{tag}/" for tag in MANY]
    # From memory, too: a query asks for another page.
    assert links(read(installation, path)) == [f"/{tag}/" for tag in MANY]
    assert links(read(installation, f"{path}?q=sv")) != [f"/{tag}/" for tag in MANY]


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "https://evil.example/", "\\evil", "", "javascript:alert(1)", "/a\r\nb: c"],
)
def test_a_search_never_leads_to_another_site(installation: Installation, path: str) -> None:
    answer = installation.vera.get("/en/languages", params={"q": "egypt", "path": path})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/ar-eg/")


def test_a_search_of_any_length_is_answered(installation: Installation) -> None:
    for query in ("x" * 1900, "\x00", "%", "<b>", "ı", "😀"):
        answer = installation.vera.get("/en/languages", params={"q": query, "path": "/" + query})
        assert answer.status_code == 200
        assert "<b>" not in answer.text.replace("<body>", "")


def test_the_list_in_a_language_that_is_not_published_is_not_found(
    installation: Installation,
) -> None:
    assert installation.vera.get("/xx/languages").status_code == 404
    assert installation.vera.get("/xx/languages?q=sv").status_code == 404
