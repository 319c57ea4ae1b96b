from playwright.sync_api import Browser


def test_the_browser_that_was_found_shows_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>Fyr</h1>")
    assert page.inner_text("h1") == "Fyr"
