from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, visitor_page


@dataclass(frozen=True, slots=True)
class Docs:
    """The page of the API, and the hosts that it sent requests to."""

    tab: Page
    hosts: set[str]


@pytest.fixture(scope="module")
def docs(site: Site, browser: Browser) -> Iterator[Docs]:
    """The page of the API, loaded once: to show all operations takes seconds."""
    with visitor_page(browser) as tab:
        hosts: set[str] = set()
        tab.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        tab.goto(f"{site.url}/api/docs")
        tab.wait_for_selector(".opblock")
        yield Docs(tab, hosts)


def test_the_page_of_the_api_lists_every_operation(site: Site, docs: Docs) -> None:
    document = docs.tab.request.get(f"{site.url}/api/openapi.json").json()
    operations = sum(len(methods) for methods in document["paths"].values())
    assert len(_listed(docs.tab, operations)) == operations


def _listed(tab: Page, enough: int) -> set[str]:
    """The operations that a reader meets who scrolls to the end: of many, those in view exist."""
    found: set[str] = set()
    for top in range(0, 40_000, 400):
        found |= set(
            tab.evaluate(
                """async (top) => {
                  scrollTo(0, top);
                  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
                  return [...document.querySelectorAll(".opblock")].map((each) => each.id);
                }""",
                top,
            )
        )
        if len(found) >= enough:
            break
    tab.evaluate("scrollTo(0, 0)")
    return found


def test_it_lets_an_operation_be_tried_and_asks_nobody_else(site: Site, docs: Docs) -> None:
    docs.tab.locator(".opblock-get .opblock-summary-control").first.click()
    docs.tab.get_by_role("button", name="Try it out").first.click()
    assert docs.tab.locator("button.execute").first.is_visible()
    assert docs.hosts == {urlsplit(site.url).netloc}
