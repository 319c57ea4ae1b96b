"""The banner script on a page of another site, with a strict policy and hostile styles."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from app.domain.statuses import ServiceStatus
from app.rendering.formats import embed
from tests.cast import BASE_URL, Installation, open_installation
from tests.factories import make_incident, make_service, update

_SHOP = "https://shop.example/"
_POLICY = (
    f"default-src 'none'; script-src '{embed.script_hash()}'; style-src 'none'; "
    f"connect-src {BASE_URL}; require-trusted-types-for 'script'"
)
_TAG = (
    f'<script src="{BASE_URL}/embed.js" integrity="{embed.script_hash()}" '
    'crossorigin="anonymous" async></script>'
)


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path) as opened:
        with opened.writing() as ctx:
            make_service(ctx, "mail")
        yield opened


def _visit(browser: Browser, installation: Installation, policy: str, head: str = "") -> Page:
    page = browser.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))

    def serve(route: Route) -> None:
        if route.request.url == _SHOP:
            headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
            body = f"<html lang=sv>{head}<p>Shop{_TAG}"
            route.fulfill(body=body, headers=headers)
            return
        # The browser's own loop runs in this thread.
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(installation.vera.get, route.request.url).result()
        route.fulfill(status=answer.status_code, body=answer.content, headers=dict(answer.headers))

    page.route("**/*", serve)
    page.goto(_SHOP, wait_until="networkidle")
    return page


def _height(page: Page) -> float:
    found = page.evaluate(
        "[...document.querySelectorAll('body > div')].map(e => e.getBoundingClientRect().height)"
    )
    return float(found[0]) if found else 0.0


def test_while_all_is_well_the_page_is_as_it_was(
    browser: Browser, installation: Installation
) -> None:
    page = _visit(browser, installation, _POLICY)
    assert page.inner_html("body").startswith("<p>Shop<script")
    assert _height(page) == 0
    page.close()


def test_trouble_shows_under_a_strict_policy(browser: Browser, installation: Installation) -> None:
    with installation.writing() as ctx:
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    page = _visit(browser, installation, _POLICY)
    assert _height(page) > 20
    assert page.get_attribute("body > div", "lang") == "sv"
    page.close()


def test_trouble_shows_under_styles_that_hide_everything(
    browser: Browser, installation: Installation
) -> None:
    with installation.writing() as ctx:
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    hostile = "<style>body > div, div { display: none !important; height: 0 }</style>"
    page = _visit(browser, installation, f"connect-src {BASE_URL}", hostile)
    assert _height(page) > 20
    page.close()


def test_a_page_that_forbids_asking_us_stays_as_it_was(
    browser: Browser, installation: Installation
) -> None:
    with installation.writing() as ctx:
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}))
    page = _visit(browser, installation, "connect-src 'none'")
    assert _height(page) == 0
    assert page.inner_text("p") == "Shop"
    page.close()
