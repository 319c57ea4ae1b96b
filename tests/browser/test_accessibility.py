"""axe-core finds nothing to object to, in either direction of reading, light and dark."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import Site

PAGES = ("overview", "incident", "certificate", "seed", "service", "history", "missing")
# In the dark only the colours differ.
RULES: dict[str, list[str]] = {"light": [], "dark": ["color-contrast"]}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing(page: Page, site: Site, language: str, name: str) -> None:
    page.goto(site.page(name, language))
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.evaluate(AXE_SCRIPT)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert _violations(page, RULES[scheme]) == []


def test_axe_would_find_something(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    page.evaluate("document.querySelector('main').innerHTML = '<a href=\"#x\"></a>'")
    page.evaluate(AXE_SCRIPT)
    assert any("link-name" in each for each in _violations(page, []))


def _violations(page: Page, rules: list[str]) -> list[str]:
    options = {"runOnly": rules} if rules else {}
    found: list[dict[str, Any]] = page.evaluate(
        "async options => (await axe.run(document, options)).violations", options
    )
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
