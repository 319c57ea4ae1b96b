"""The public page in a browser: what it shows and what its controls do."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site

PAGES = ("overview", "incident", "seed", "service", "history", "missing")

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Every word becomes 60 % longer, as if the language were.
_LONGER = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const longer = word => word + word.slice(0, Math.ceil(word.length * .6));
    node.data = node.data.replace(/\\S+/g, longer);
  }
}"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["sv", "ar"])
def test_nothing_scrolls_sideways_on_a_phone(
    page: Page, site: Site, language: str, name: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(site.page(name, language))
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert page.evaluate(_OVERFLOW) == 0
    page.evaluate(_LONGER)
    # 320 pixels are what is left of 1280 at 400 %.
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(_OVERFLOW) == 0
    assert _cut_off(page) == []


def _cut_off(page: Page) -> list[str]:
    """The texts that reach out of the window, which does not scroll to them."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
          .filter(each => each.checkVisibility() && !each.closest("svg, .away"))
          .filter(each => {
            const box = each.getBoundingClientRect();
            return box.width && (box.right > innerWidth + 1 || box.left < -1);
          })
          .map(each => each.outerHTML.slice(0, 120))"""
    )
    return found


def test_what_folds_is_large_enough_for_a_finger(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for name in PAGES:
        page.goto(site.page(name, "en"))
        page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
        small = page.locator("summary").evaluate_all(
            "all => all.filter(each => each.getBoundingClientRect().height < 44)"
            ".map(each => each.outerHTML.slice(0, 120))"
        )
        assert small == [], name


def test_times_are_shown_in_the_visitors_zone(browser: Browser, site: Site) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    tab = context.new_page()
    tab.goto(site.page("seed", "sv"))
    time = tab.locator(".rail time").last
    at = time.get_attribute("datetime")
    assert at is not None
    shown = tab.evaluate("at => new Date(at).toLocaleTimeString('sv', {timeStyle: 'short'})", at)
    assert shown in time.inner_text()
    assert time.get_attribute("title") not in {None, "", time.inner_text()}
    assert tab.locator("#zone").inner_text() == "Tiderna visas i din tidszon: Asia/Tokyo."
    context.close()


def test_the_footer_switches_every_time_to_utc_and_keeps_it(browser: Browser, site: Site) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    tab = context.new_page()
    tab.goto(site.page("seed", "en"))
    tab.get_by_role("button", name="UTC").click()
    shown = tab.locator("main time").all_inner_texts()
    assert all("UTC" in each for each in shown)
    assert tab.locator("#zone").inner_text() == "Times are shown in UTC."
    tab.reload()
    assert tab.locator("main time").all_inner_texts() == shown
    tab.get_by_role("button", name="Local time").click()
    assert "GMT+9" in tab.locator(".rail time").first.inner_text()
    context.close()


def test_a_tap_on_a_bar_opens_its_day(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    bars = page.locator(".services summary .bars").first
    box = bars.bounding_box()
    assert box is not None
    bars.click(position={"x": box["width"] - 2, "y": 10})
    expect(page.locator(".services details[open] dt.hit")).to_have_count(1)


def test_an_open_incident_shows_how_long_it_lasts(page: Page, site: Site) -> None:
    page.goto(site.page("incident", "en"))
    assert re.fullmatch(r"Ongoing for .+", page.locator("[data-since]").inner_text())


def test_how_long_ago_is_shown_finer_with_the_script(page: Page, site: Site) -> None:
    page.clock.set_fixed_time("2026-03-02T12:05:00Z")
    page.goto(site.page("certificate", "sv"))
    assert page.locator(".rail .ago").first.inner_text() == "för 25 minuter sedan"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_without_a_script_the_page_is_whole(browser: Browser, site: Site, language: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site.page("overview", language))
    assert tab.locator("h1").inner_text()
    assert tab.locator("article").count() == 3
    assert "America/New_York" in tab.locator("#zone").inner_text()
    tab.locator(".services summary").first.click()
    assert tab.locator(".services details[open] dl").first.is_visible()
    context.close()


def test_the_keyboard_reaches_everything_in_a_sensible_order(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    services = page.locator(".services > li").count()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    stops = []
    for _ in range(100):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.tagName")
        if stop == "BODY":
            break
        stops.append(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    bars = [stop for stop in stops if stop.startswith("<summary aria-label")]
    assert len(bars) == services
    assert len(stops) < 40


def test_the_skip_link_leads_to_the_content(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    page.keyboard.press("Tab")
    assert page.locator(".skip").is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_the_days_behind_the_bars_open_by_keyboard(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    bars = page.locator(".services summary").first
    bars.focus()
    page.keyboard.press("Enter")
    assert page.locator(".services details").first.locator("dl").is_visible()
    page.keyboard.press("Enter")
    assert not page.locator(".services details").first.locator("dl").is_visible()


@pytest.mark.parametrize(("language", "at_the_end"), [("en", True), ("ar", False)])
def test_today_is_at_the_reading_end_of_the_bars(
    page: Page, site: Site, language: str, *, at_the_end: bool
) -> None:
    page.goto(site.page("overview", language))
    box = page.locator(".bars path.partial_outage").last.bounding_box()
    assert box is not None
    assert (box["x"] > 640) is at_the_end


def test_the_dark_is_dark(page: Page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(site.page("overview", "en"))
    lightness = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert lightness.startswith("oklch(0.1")


def test_print_gives_the_account_without_chrome(page: Page, site: Site) -> None:
    page.goto(site.page("seed", "sv"))
    page.emulate_media(media="print")
    assert not page.locator("nav.languages").is_visible()
    assert not page.locator("footer").is_visible()
    assert page.locator("article.postmortem").is_visible()
    assert page.locator(".rail").is_visible()


def test_print_shows_the_folded_updates_of_an_open_incident(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    earlier = page.locator(".incident > details .rail")
    expect(earlier.first).to_be_hidden()
    page.emulate_media(media="print")
    expect(earlier.first).to_be_visible()


def test_the_glow_of_the_banner_lies_over_no_link(page: Page, site: Site) -> None:
    page.goto(site.page("overview", "en"))
    page.locator(".incident h3 a").first.click()
    page.wait_for_url("**/en/incidents/*")
    assert page.locator(".rail").is_visible()


def test_the_switcher_stays_on_the_page(page: Page, site: Site) -> None:
    page.goto(site.page("seed", "en"))
    page.get_by_role("link", name="Svenska").click()
    assert page.url == site.page("seed", "sv")
    assert page.locator("html").get_attribute("lang") == "sv"
