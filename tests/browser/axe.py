"""axe-core, the accessibility rules, on the page as it is."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

__all__ = ["look", "look_again", "violations"]

# In the dark only the colours differ; on another size of screen, how large things are.
_DARK = ["color-contrast"]
_RESIZED = ["scrollable-region-focusable", "target-size"]


def look(page: Page, *, dark: bool = True) -> list[str]:
    """All that axe objects to, with everything unfolded, light and, unless told not to, dark."""
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, rules in (("light", []), ("dark", _DARK))[: 1 + dark]:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += violations(page, rules)
    return found


def look_again(page: Page) -> list[str]:
    """All that it objects to on a page that it has looked at, which has another size now."""
    return violations(page, _RESIZED)


def violations(page: Page, rules: list[str]) -> list[str]:
    """What breaks these rules, or any where none are named, once axe is on the page."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found: list[dict[str, Any]] = page.evaluate(
        "async options => (await axe.run(document, options)).violations", options
    )
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
