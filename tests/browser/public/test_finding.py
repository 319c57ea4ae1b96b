"""Finding one of many services: folded groups and the filter, with their state in the address."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.db.migrate import upgrade
from app.domain.statuses import ServiceStatus
from tests.browser.served import served
from tests.cast import open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident, make_service, update


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of 22 services in two groups, one of which has an outage."""
    folder = tmp_path_factory.mktemp("many")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        with installation.writing() as ctx:
            make_service(ctx, "cards", group="Money")
            for number in range(21):
                make_service(ctx, f"shop-{number}", group="Shops")
            make_incident(ctx, update(services={"cards": ServiceStatus.MAJOR_OUTAGE}))
        with served(installation.app) as address:
            yield address


def test_a_healthy_group_is_closed_and_the_address_keeps_that_it_was_opened(
    page: Page, url: str
) -> None:
    page.goto(f"{url}/en/")
    shops = page.locator("#group-shops")
    expect(page.locator("#group-money .services")).to_be_visible()
    expect(shops.locator(".services")).not_to_be_visible()
    shops.locator("> summary").click()
    expect(shops.locator(".services")).to_be_visible()
    page.wait_for_url("**/en/#groups=shops")
    page.reload()
    expect(shops.locator(".services")).to_be_visible()


def test_the_filter_shows_what_matches_in_closed_groups_too(page: Page, url: str) -> None:
    page.goto(f"{url}/en/")
    page.get_by_label("Find a service").fill("SHOP-7")
    expect(page.locator(".services > li:visible")).to_have_count(1)
    page.wait_for_url("**/en/#find=SHOP-7")
    page.get_by_label("Find a service").fill("")
    expect(page.locator("#group-shops .services")).not_to_be_visible()


def test_groups_fold_without_a_script_and_there_is_no_filter(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{url}/en/")
    expect(tab.get_by_label("Find a service")).not_to_be_visible()
    tab.locator("#group-shops > summary").click()
    expect(tab.locator("#group-shops .services")).to_be_visible()
    context.close()
