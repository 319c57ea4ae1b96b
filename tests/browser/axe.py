"""axe-core, the accessibility rules, on the page as it is."""

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

__all__ = ["look", "violations"]

# In the dark only the colours differ.
_RULES: dict[Literal["light", "dark"], list[str]] = {"light": [], "dark": ["color-contrast"]}


def look(page: Page) -> list[str]:
    """All that axe objects to, with everything unfolded, light and dark."""
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, rules in _RULES.items():
        page.emulate_media(color_scheme=scheme)
        found += violations(page, rules)
    return found


def violations(page: Page, rules: list[str]) -> list[str]:
    """What breaks these rules, or any where none are named, once axe is on the page."""
    options = {"runOnly": rules} if rules else {}
    found: list[dict[str, Any]] = page.evaluate(
        "async options => (await axe.run(document, options)).violations", options
    )
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
