from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.conftest import Site


def test_the_page_of_the_api_lists_every_operation(site: Site, page: Page) -> None:
    document = page.request.get(f"{site.url}/api/openapi.json").json()
    operations = sum(len(methods) for methods in document["paths"].values())
    page.goto(f"{site.url}/api/docs")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == operations


def test_it_lets_an_operation_be_tried_and_asks_nobody_else(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    page.goto(f"{site.url}/api/docs")
    page.locator(".opblock-get .opblock-summary-control").first.click()
    page.get_by_role("button", name="Try it out").first.click()
    assert page.locator("button.execute").first.is_visible()
    assert set(asked) == {urlsplit(site.url).netloc}
