"""Finding one of many languages, with the script and without it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.db.migrate import upgrade
from app.db.queries.page import page as pages
from tests.browser.served import served
from tests.cast import open_installation
from tests.databases import Run, copy_sqlite


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page in eight languages, most of which are regions of the three with a catalogue."""
    folder = tmp_path_factory.mktemp("languages")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        with installation.writing() as ctx:
            tags = ["en", "sv", "ar", "sv-fi", "sv-ax", "ar-eg", "en-au", "en-in"]
            pages.read_page(ctx.session).languages = tags
            ctx.touch()
        with served(installation.app) as address:
            yield address


def test_the_list_is_filtered_by_native_and_english_names_while_somebody_types(
    page: Page, url: str
) -> None:
    page.goto(f"{url}/en/")
    page.locator("nav.languages summary").click()
    links = page.locator("nav.languages a:visible")
    expect(links).to_have_count(8)
    page.get_by_label("Find a language").fill("SWED")
    expect(links).to_have_text(["Svenska", "Svenska (Finland)", "Svenska (Åland)"])
    page.get_by_label("Find a language").fill("aland")
    expect(links).to_have_text(["Svenska (Åland)"])
    page.get_by_label("Find a language").fill("")
    expect(links).to_have_count(8)


def test_a_language_is_found_without_a_script(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{url}/en/report")
    tab.locator("nav.languages summary").click()
    tab.get_by_label("Find a language").fill("swedish")
    tab.get_by_role("button", name="Show matching languages").click()
    expect(tab.locator("main li a")).to_have_count(3)
    tab.locator("main li a").first.click()
    tab.wait_for_url("**/sv/report")
    context.close()
