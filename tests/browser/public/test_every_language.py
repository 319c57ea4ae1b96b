"""The public pages in every language on the narrowest phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from app.i18n.languages import LANGUAGES, SOURCE
from app.rendering import assets, pages
from tests.browser import layout
from tests.browser.conftest import visitor_page
from tests.rendering import cases, subscription_cases, windows

_ORIGIN = "https://status.example.org"
_STYLES = re.compile(r'<link rel="stylesheet" href="/static/[0-9a-f]+/([\w.-]+)"')
# Text in two boxes that lie on each other, and words that are broken without a hyphen.
_FAULTS = """() => {
  const found = new Set();
  const texts = [];
  const scripts = ["Han", "Hiragana", "Katakana", "Thai"];
  const spaceless = new RegExp(scripts.map(each => `\\\\p{Script=${each}}`).join("|"), "u");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest("svg, .away, script, style, noscript")) continue;
    if (!parent.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const name = node.data.trim().slice(0, 40);
    // The boxes of tall typefaces reach into the next line; the letters are within one em.
    const em = parseFloat(getComputedStyle(parent).fontSize);
    for (const {left, right, top, bottom} of range.getClientRects()) {
      const margin = Math.max(0, (bottom - top - em) / 2);
      const box = {left, right, top: top + margin, bottom: bottom - margin};
      if (right - left > 1) texts.push({box, parent, name});
    }
    if (getComputedStyle(parent).hyphens === "auto") continue;
    for (const word of node.data.matchAll(/[\\p{L}\\p{M}’'-]+/gu)) {
      if (spaceless.test(word[0])) continue;
      for (const part of word[0].matchAll(/[^-]+/g)) {
        range.setStart(node, word.index + part.index);
        range.setEnd(node, word.index + part.index + part[0].length);
        const tops = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
        if (tops.size > 1) found.add(`“${part[0]}” is broken: ${name}`);
      }
    }
  }
  texts.sort((one, other) => one.box.top - other.box.top);
  texts.forEach((one, at) => {
    for (let next = at + 1; next < texts.length; next++) {
      const other = texts[next];
      if (other.box.top > one.box.bottom - 3) break;
      const end = Math.min(one.box.right, other.box.right);
      if (end - Math.max(one.box.left, other.box.left) > 2 && one.parent !== other.parent)
        found.add(`“${one.name}” and “${other.name}” overlap`);
    }
  });
  return [...found];
}"""


def _document(language: str) -> str:
    """One document with the content and the style sheets of every kind of public page."""
    first, *others = (
        page.decode()
        for page in (
            pages.overview(cases.one_incident(), language),
            pages.overview(cases.under_maintenance(), language),
            pages.incident(cases.chain_page(), language),
            pages.incident(cases.incident_page(cases.harbour_incident()), language),
            pages.maintenance(windows.maintenance_page(), language),
            pages.service(cases.service_page(), language),
            pages.history(cases.history_page(), language),
            pages.not_found(cases.not_found_page(), language),
            *(render(language, None) for render in subscription_cases.PAGES.values()),
        )
    )
    mains = "".join(page[page.index("<main") : page.index("</main>") + 7] for page in others)
    names = {name: None for page in (first, *others) for name in _STYLES.findall(page)}
    styles = "".join(f"<style>{assets.asset_bytes(name).decode()}</style>" for name in names)
    document = re.sub(r"<script.*?</script>|<link[^>]*>", "", first, flags=re.DOTALL)
    document = document.replace("</head>", f"{styles}</head>")
    document = document.replace("</main>", f"</main>{mains}", 1)
    return re.sub(r"<details(?! open)", "<details open", document)


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    with visitor_page(browser) as tab:
        tab.set_viewport_size(layout.NARROW)  # type: ignore[arg-type]
        tab.route("**/*", _answer)
        yield tab


def _answer(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    if name in assets.ASSETS:
        route.fulfill(body=assets.asset_bytes(name), content_type=assets.ASSETS[name])
    else:
        route.fulfill(status=204)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_or_overlaps_on_a_narrow_phone(phone: Page, language: str) -> None:
    phone.set_content(_document(language))
    assert phone.locator("html").get_attribute("lang") == language
    assert layout.cut_texts(phone) == []
    found: list[str] = phone.evaluate(_FAULTS)
    assert found == []


@pytest.mark.parametrize("language", ["eu", "ga", "gl", "is", "mk", "mt", "sq", "sv"])
def test_the_script_writes_no_english_time(phone: Page, language: str) -> None:
    """Chromium has no data of most of these languages, and would fall back to English."""
    page = pages.maintenance(windows.maintenance_page(), language).decode()
    address = f"{_ORIGIN}/{language}/maintenance"
    phone.route(address, lambda route: route.fulfill(body=page, content_type="text/html"))
    faults: list[str] = []
    phone.on("pageerror", lambda error: faults.append(str(error)))
    phone.goto(address)
    times = phone.locator("main time, main .ago").all_text_contents()
    assert times
    assert not [each for each in times if re.search(r"Oct|PM|ago|\bin\b", each)]
    assert faults == []


def test_a_planted_overlap_and_a_planted_broken_word_are_found(phone: Page) -> None:
    phone.set_content(_document(SOURCE))
    phone.evaluate(
        """() => {
          const main = document.querySelector("main");
          main.insertAdjacentHTML("beforeend", "<p>Over</p><p class='up'>Under</p>");
          main.insertAdjacentHTML("beforeend", `<p>${"Verylong".repeat(20)}</p>`);
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(".up { position: relative; inset-block-start: -2.5rem }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    found: list[str] = phone.evaluate(_FAULTS)
    assert any("overlap" in each for each in found)
    assert any("is broken" in each for each in found)
