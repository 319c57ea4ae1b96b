"""Layout of a page under the settings of readers: text spacing, narrow screens, zoom, focus."""

from playwright.sync_api import Page

__all__ = ["NARROW", "ZOOMED", "cut_focus_rings", "cut_texts", "moving", "space_text"]

# CSS pixels: 1280 at 400 % (WCAG 2.2, 1.4.10), and at 200 % (1.4.4).
NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 640, "height": 450}

# The values of WCAG 2.2, 1.4.12. A constructed style sheet is none that our policy forbids.
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_CUT = """() => {
  const found = new Set();
  const root = document.documentElement;
  const name = each => `${each.tagName.toLowerCase()}.${each.className}: ` +
    each.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
  if (root.scrollWidth > root.clientWidth) {
    const isOut = each => {
      const box = each.getBoundingClientRect();
      return each.checkVisibility() && (box.right > root.clientWidth + 1 || box.left < -1);
    };
    const out = [...document.body.querySelectorAll("*")].filter(isOut);
    found.add(`the page scrolls sideways: ${out.slice(-2).map(name)}`);
  }
  for (const each of document.body.querySelectorAll("*")) {
    if (!each.checkVisibility({visibilityProperty: true}) || each.closest(".away, svg")) continue;
    // Its sign stands for its words.
    if (each.matches(".language-tab .state")) continue;
    const {overflowX, overflowY, clipPath} = getComputedStyle(each);
    if (clipPath !== "none" || each.matches("input, textarea, select")) continue;
    if (overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1)
      found.add(`${name(each)} (cut sideways)`);
    if (overflowY === "hidden" && each.scrollHeight > each.clientHeight + 1 &&
        !each.matches(".clip, .clip *")) found.add(`${name(each)} (cut below)`);
  }
  return [...found];
}"""
# A ring is drawn around a box, at the distance of its offset; what cuts its content cuts it too.
_RINGS = """() => {
  const found = new Set();
  const focusable = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const each of document.querySelectorAll(focusable)) {
    if (!each.checkVisibility({visibilityProperty: true}) || each.disabled) continue;
    each.focus({focusVisible: true});
    if (document.activeElement !== each) continue;
    const style = getComputedStyle(each);
    const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
    const name = `${each.tagName.toLowerCase()}: ${each.textContent.trim().slice(0, 30)}`;
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) {
      found.add(`${name} has no ring`);
      continue;
    }
    const box = each.getBoundingClientRect();
    for (let outer = each.parentElement; outer; outer = outer.parentElement) {
      const around = getComputedStyle(outer);
      if (around.overflowX === "visible" && around.overflowY === "visible") continue;
      if (outer === document.body || outer === document.documentElement) continue;
      const edge = outer.getBoundingClientRect();
      const cut = around.overflowX !== "visible" &&
          (box.left - ring < edge.left - .5 || box.right + ring > edge.right + .5) ||
        around.overflowY === "hidden" &&
          (box.top - ring < edge.top - .5 || box.bottom + ring > edge.bottom + .5);
      if (cut) found.add(`${name} is cut by ${outer.tagName.toLowerCase()}.${outer.className}`);
    }
  }
  return [...found];
}"""
_MOVING = """() => document.getAnimations().filter(each => each.playState === "running")
  .map(each => each.animationName || each.transitionProperty || "animation")"""


def space_text(page: Page) -> None:
    """Set the text of the page as wide as a reader may (WCAG 2.2, 1.4.12)."""
    page.evaluate(_SPACED)


def cut_texts(page: Page) -> list[str]:
    """The elements whose content is cut, and whether the page scrolls sideways."""
    found: list[str] = page.evaluate(_CUT)
    return found


def cut_focus_rings(page: Page) -> list[str]:
    """The controls whose focus ring is missing or cut."""
    found: list[str] = page.evaluate(_RINGS)
    return found


def moving(page: Page) -> list[str]:
    """The animations that run."""
    found: list[str] = page.evaluate(_MOVING)
    return found
