"""Size of buttons: of each one on a page, at the widths of common phones, in both directions."""

from playwright.sync_api import Page

__all__ = ["PHONE_WIDTHS", "misfits"]

# CSS pixels of phones in use, narrowest first; 320 is also 1280 at 400 % (WCAG 2.2, 1.4.10).
PHONE_WIDTHS = (320, 360, 390, 412, 430)
# The page is narrowed inside the viewport, which costs one layout instead of a resize by the
# browser: between these widths no media query changes.
_MEASURE = """widths => {
  const root = document.documentElement;
  const found = new Set();
  const edges = ["padding-block-start", "padding-block-end", "border-block-start-width",
    "border-block-end-width"];
  const picks = "button, .button, [role=button], input[type=submit], summary, .filter a"
    + ", .pick, .language-tab";
  const measure = (width) => {
    for (const each of document.querySelectorAll(picks)) {
      if (!each.checkVisibility({ visibilityProperty: true })) continue;
      if (each.matches(".away, .away *")) continue;
      const box = each.getBoundingClientRect();
      const style = getComputedStyle(each);
      const page = root.getBoundingClientRect();
      const text = each.cloneNode(true);
      for (const hidden of text.querySelectorAll(".away")) hidden.remove();
      const name = text.textContent.trim().replace(/\\s+/g, " ");
      const say = (what) => found.add(`${name}: ${what} (${width} px, ${root.dir})`);
      const around = edges.reduce((sum, edge) => sum + parseFloat(style[edge]), 0);
      const lines = (box.height - around) / parseFloat(style.lineHeight);
      // A choice has a name and an explanation; the rule for the others is two lines.
      const most = each.matches(".pick, .language-tab, summary") ? 8 : 2;
      if (box.height > 44.5 && lines > most + .1) say(`${lines.toFixed(1)} lines`);
      if (box.height < 43.9) say(`${box.height.toFixed(1)} px high`);
      if (box.width < 43.9) say(`${box.width.toFixed(1)} px wide`);
      if (each.scrollWidth > each.clientWidth + 1) say("cut");
      if (box.left < page.left - 1 || box.right > page.right + 1) say("outside the page");
    }
  };
  for (const each of document.querySelectorAll("details")) each.open = true;
  const before = root.dir;
  for (const dir of ["ltr", "rtl"]) {
    root.dir = dir;
    for (const width of widths) {
      root.style.inlineSize = `${width}px`;
      measure(width);
    }
  }
  root.dir = before;
  root.style.inlineSize = "";
  return [...found];
}"""


def misfits(page: Page) -> list[str]:
    """The buttons that are taller than two lines, cut, or smaller than 44 px, with the reason.

    The page is measured at every phone width, left to right and right to left. The viewport has
    to be that of a phone.
    """
    found: list[str] = page.evaluate(_MEASURE, list(PHONE_WIDTHS))
    return found
