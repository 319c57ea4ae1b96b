"""axe-core finds no violation, left to right and right to left, light and dark."""

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Site

_PARAGRAPH = """colour => {
  const added = document.createElement("p");
  added.textContent = added.style.color = colour;
  document.querySelector("main").append(added);
}"""
PAGES = ("overview", "incident", "certificate", "seed", "service", "history", "missing")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing(page: Page, site: Site, language: str, name: str) -> None:
    page.goto(site.page(name, language))
    assert axe.look(page) == []


def test_axe_would_find_something(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    page.evaluate("document.querySelector('main').innerHTML = '<a href=\"#x\"></a>'")
    assert any("link-name" in each for each in axe.violations(page))


def test_a_style_of_a_low_contrast_is_found_once_in_light_and_once_in_the_dark(
    page: Page, site: Site
) -> None:
    styles = axe.Styles()
    page.goto(site.page("overview", "en"))
    assert axe.look(page, styles) == []
    page.evaluate(_PARAGRAPH, "#888")
    assert [each.split(":")[0] for each in axe.look(page, styles)] == ["color-contrast"]
    assert axe.look(page, styles) == []
    page.evaluate(_PARAGRAPH, "#000")
    assert [each.split(":")[0] for each in axe.look(page, styles)] == ["color-contrast"]
