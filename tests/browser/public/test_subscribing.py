"""A visitor subscribes, confirms, changes and unsubscribes on a phone, in every language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.db.migrate import upgrade
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.secret_keys import address_hashes
from app.usecases.page.settings import PageChange, edit_page
from tests.browser import axe
from tests.browser.served import served
from tests.cast import Installation, open_installation
from tests.databases import Run, copy_sqlite
from tests.factories import make_service
from tests.subscribing import Subscribing


@pytest.fixture(scope="module")
def subscribing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subscribing]:
    folder = tmp_path_factory.mktemp("subscribing")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as installation:
        with installation.writing() as ctx:
            edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
            make_service(ctx, "payments", group="Shop")
        yield Subscribing(installation, address_hashes(installation.settings))


@pytest.fixture(scope="module")
def url(subscribing: Subscribing) -> Iterator[str]:
    assert isinstance(subscribing.backend, Installation)
    with served(subscribing.backend.app) as found:
        yield found


@pytest.mark.parametrize("language", ["en", "sv", "ar"])
def test_a_visitor_walks_from_the_form_to_the_end_on_a_phone(
    browser: Browser, subscribing: Subscribing, url: str, language: str
) -> None:
    has_script = language == "en"  # the others show that it works without
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        java_script_enabled=has_script,
        timezone_id="Asia/Tokyo",
    )
    context.set_default_timeout(120_000)
    tab = context.new_page()
    address = f"vera-{language}@example.net"

    tab.goto(f"{url}/{language}/subscribe")
    if has_script:
        axe.look(tab)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.select_option("[name=time_zone]", "Asia/Tokyo")
    expect(tab.locator(".chosen")).to_be_hidden()
    tab.fill("[name=address]", address)
    tab.click("form button")
    expect(tab).to_have_url(f"{url}/{language}/subscribe/sent")

    subscribing.handle()
    tab.goto(f"{url}/{language}/subscribe/confirm/{subscribing.link(LinkPurpose.CONFIRM, address)}")
    tab.click("form button")
    expect(tab.locator("[role=status].note")).to_be_visible()
    if has_script:
        axe.look(tab)
    row = subscribing.row(address)
    assert row is not None
    assert (row.state, row.language) == ("active", language)
    assert row.time_zone == ("Asia/Tokyo" if has_script else None)

    tab.check("[name=scope][value=chosen]")
    tab.check("[name=services][value=payments]")
    tab.select_option("[name=incidents]", "ends")
    tab.click("[name=action][value=save]")
    expect(tab).to_have_url(f"{url}/{language}/subscription/{_manage(subscribing, address)}?saved")
    row = subscribing.row(address)
    assert row is not None
    assert (row.whole_page, row.incidents) == (False, "ends")

    tab.goto(f"{url}/unsubscribe/{subscribing.link(LinkPurpose.UNSUBSCRIBE, address)}")
    expect(tab.locator("html")).to_have_attribute("lang", language)
    tab.click("form .danger")
    expect(tab.locator("h1")).to_be_visible()
    assert subscribing.row(address) is None
    assert context.cookies() == []
    context.close()


def _manage(subscribing: Subscribing, address: str) -> str:
    return subscribing.link(LinkPurpose.MANAGE, address)
