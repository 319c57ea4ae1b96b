"""axe-core finds no violation, left to right and right to left, light and dark."""

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Site

PAGES = ("overview", "incident", "certificate", "seed", "service", "history", "missing")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing(page: Page, site: Site, language: str, name: str) -> None:
    page.goto(site.page(name, language))
    assert axe.look(page) == []


def test_axe_would_find_something(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    page.evaluate("document.querySelector('main').innerHTML = '<a href=\"#x\"></a>'")
    assert any("link-name" in each for each in axe.violations(page, []))
