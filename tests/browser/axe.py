"""axe-core, the accessibility rules, on the page as it is."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["DarkStyles", "look", "look_again", "violations", "with_script"]

# In the dark only the colours differ; on another size of screen, how large things are.
_DARK = ["color-contrast"]
_RESIZED = ["scrollable-region-focusable", "target-size"]

_PATH = "/axe-core.js"
# From a file, the browser compiles the half megabyte once: 7 ms for a page instead of 66 ms.
_LOAD = """async path => {
  if (!window.axe) await new Promise(done => {
    const script = document.createElement("script");
    script.onload = script.onerror = () => { script.remove(); done(); };
    script.src = path;
    document.head.append(script);
  });
  for (const each of document.querySelectorAll("details")) each.open = true;
  return "axe" in window;
}"""
_RUN = """async options => (await axe.run(document, options)).violations.flatMap(
  each => each.nodes.map(node => `${each.id}: ${node.html}`))"""
# An element, its parent, and what a style sheet can ask of the two.
_STYLES = """() => {
  const style = each => [each.tagName, each.className, each.getAttribute("type"),
                         each.getAttribute("data-status"), each.matches(":disabled")].join(" ");
  return [...new Set(Array.from(document.body.querySelectorAll("*"),
                                each => `${style(each)} in ${style(each.parentElement)}`))];
}"""


class DarkStyles:
    """The elements, by tag, class and parent, that were looked at in the dark.

    A screen that has no others has no other dark colours.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def has_new(self, page: Page) -> bool:
        """Whether the page has an element that no page before it had."""
        styles: set[str] = set(page.evaluate(_STYLES))
        new = not styles <= self._seen
        self._seen |= styles
        return new


def with_script(app: ASGIApp) -> ASGIApp:
    """The application, with axe-core as one more file."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == _PATH:
            headers = {"Cache-Control": "max-age=3600, immutable"}
            script = Response(AXE_SCRIPT, media_type="text/javascript", headers=headers)
            await script(scope, receive, send)
        else:
            await app(scope, receive, send)

    return answer


def look(page: Page, *, dark: bool | DarkStyles = True) -> list[str]:
    """The violations on a page with all details open: in light, and in dark colours.

    `dark` can leave out the dark ones, or leave them out where they were looked at before.
    """
    found = violations(page, [])
    if dark.has_new(page) if isinstance(dark, DarkStyles) else dark:
        page.emulate_media(color_scheme="dark")
        found += violations(page, _DARK)
        page.emulate_media(color_scheme="light")
    return found


def look_again(page: Page) -> list[str]:
    """The violations on a page that was looked at and has another size now."""
    return violations(page, _RESIZED)


def violations(page: Page, rules: list[str]) -> list[str]:
    """The violations of these rules, or of all where none are named."""
    if not page.evaluate(_LOAD, _PATH):  # a page whose scripts are blocked
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found: list[Any] = page.evaluate(_RUN, options)
    return [str(each) for each in found]
