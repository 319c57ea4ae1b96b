"""The console in a browser: sign-in, navigation, with and without a mouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.users import one_time_links
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.users import add_user
from tests.browser import axe
from tests.browser.served import PHONE, Console, opened_console
from tests.console import PASSWORD

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def empty(browser: Browser, tmp_path: Path) -> Iterator[Console]:
    """A console that nobody can sign in to yet."""
    with opened_console(browser, tmp_path) as opened:
        yield opened


def on_a_phone(tab: Page) -> None:
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert tab.evaluate(_OVERFLOW) == 0


def sign_in(tab: Page, email: str, password: str = PASSWORD) -> None:
    tab.get_by_label("E-mail address").fill(email)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def test_the_first_admin_comes_in_by_the_link_and_out_again(empty: Console) -> None:
    with empty.installation.writing(SHELL) as ctx:
        link = one_time_links.first_admin_link(ctx)
    assert link is not None
    tab = empty.page(None, f"/console/welcome/{link.secret}")
    assert axe.look(tab) == []
    tab.get_by_label("E-mail address").fill("eve@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{empty.url}/console/")
    tab.get_by_role("button", name="Sign out").click()
    assert "You are signed out." in tab.inner_text("main")
    on_a_phone(tab)
    assert axe.look(tab) == []
    sign_in(tab, "eve@example.com", "not the password")
    assert "password is wrong" in tab.inner_text("[role=alert]")
    assert tab.input_value("#email") == "eve@example.com"
    assert axe.look(tab) == []
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(f"{empty.url}/console/")
    tab.close()


def test_on_a_phone_the_menu_opens_and_closes_by_keyboard(console: Console) -> None:
    tab = console.page(Role.VIEWER)
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    ways = tab.get_by_role("navigation", name="Console")
    assert not ways.is_visible()
    tab.get_by_role("button", name="Menu").focus()
    tab.keyboard.press("Enter")
    assert ways.is_visible()
    assert axe.look(tab) == []
    tab.get_by_role("button", name="Menu").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{console.url}/console/incidents")
    tab.get_by_role("button", name="Menu").click()
    tab.keyboard.press("Escape")
    assert not ways.is_visible()
    tab.close()


def test_what_was_typed_is_sent_after_signing_in_again(console: Console) -> None:
    with console.installation.writing(SHELL) as ctx:
        add_user(
            ctx, "kim@example.com", Role.EDITOR, password=hashed(PASSWORD, email="kim@example.com")
        )
    tab = console.page(None, "/console/login?next=/console/account")
    sign_in(tab, "kim@example.com")
    tab.select_option("#language", "sv")
    tab.context.clear_cookies()
    tab.get_by_role("button", name="Save").click()
    assert "your text is saved" in tab.inner_text("main")
    sign_in(tab, "kim@example.com")
    tab.get_by_role("button", name="Submit now").click()
    tab.get_by_role("heading", name="Mitt konto").wait_for()
    tab.close()
