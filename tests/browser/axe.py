"""axe-core, the accessibility rules, on the page as it is."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Styles", "look", "look_again", "violations", "with_script"]

# In the dark only the colours differ; on another size of screen, how large things are.
_CONTRAST = "color-contrast"
_RESIZED = ["scrollable-region-focusable", "target-size"]

_PATH = "/axe-core.js"
# From a file, the browser compiles the half megabyte once: 7 ms for a page instead of 66 ms.
# Null where the scripts of the page are blocked.
_RUN = """async ([path, keys, options]) => {
  if (!window.axe) await new Promise(done => {
    const script = document.createElement("script");
    script.onload = script.onerror = () => { script.remove(); done(); };
    script.src = path;
    document.head.append(script);
  });
  if (!window.axe) return null;
  for (const each of document.querySelectorAll("details")) each.open = true;
  const context = keys ? {include: keys.map(key => window.axeStyles.get(key))} : document;
  const {violations} = await axe.run(context, {resultTypes: ["violations"], ...options});
  return violations.flatMap(each => each.nodes.map(node => `${each.id}: ${node.html}`));
}"""
# One element with text of each style: the style sheets, what they can ask of the element and of its
# parent, and the colours that came of it.
_STYLES = """() => {
  const asked = each => [each.tagName, each.className, each.type, each.matches(":disabled")];
  const ground = each => {
    for (; each; each = each.parentElement) {
      const {backgroundColor, backgroundImage} = getComputedStyle(each);
      if (backgroundImage !== "none" || !backgroundColor.endsWith(", 0)"))
        return `${backgroundColor} ${backgroundImage}`;
    }
  };
  const hasText = each => each.matches("input, select, textarea") ||
    Array.from(each.childNodes).some(node => node.nodeType === 3 && node.data.trim());
  const sheets = Array.from(document.styleSheets, ({href}) => href && new URL(href).pathname);
  window.axeStyles = new Map();
  for (const each of document.body.querySelectorAll("*")) {
    if (!hasText(each) || !each.checkVisibility()) continue;
    const {color, fontSize, fontWeight, opacity} = getComputedStyle(each);
    const key = JSON.stringify([sheets, asked(each), asked(each.parentElement), color, ground(each),
                                fontSize, fontWeight, opacity]);
    if (!window.axeStyles.has(key)) window.axeStyles.set(key, each);
  }
  return [...window.axeStyles.keys()];
}"""


class Styles:
    """The styles of text that were looked at. Their contrast is two thirds of the work of axe."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def find_new(self, page: Page) -> list[str]:
        """The styles of a page that no page before it had."""
        styles: list[str] = page.evaluate(_STYLES)
        new = [each for each in styles if each not in self._seen]
        self._seen |= set(new)
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


_STYLES_SEEN = Styles()  # of all pages: most have the same


def look(page: Page, styles: Styles = _STYLES_SEEN) -> list[str]:
    """The violations on a page with all details open: in light, and in dark colours.

    The contrast is measured on one element of each style that is not in `styles` yet.
    """
    found = violations(page, rules={_CONTRAST: {"enabled": False}})
    new = styles.find_new(page)
    if new:
        found += violations(page, new, runOnly=[_CONTRAST])
        page.emulate_media(color_scheme="dark")
        found += violations(page, new, runOnly=[_CONTRAST])
        page.emulate_media(color_scheme="light")
    return found


def look_again(page: Page) -> list[str]:
    """The violations on a page that was looked at and has another size now."""
    return violations(page, runOnly=_RESIZED)


def violations(
    page: Page,
    styles: list[str] | None = None,
    **options: Any,  # noqa: ANN401  # of axe.run
) -> list[str]:
    """The violations on the page; with `styles`, on one element of each of these."""
    arguments = [_PATH, styles, options]
    found: list[str] | None = page.evaluate(_RUN, arguments)
    if found is None:
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(_RUN, arguments)
    assert found is not None
    return found
