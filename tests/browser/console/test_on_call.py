"""An incident and a maintenance in a browser, on a phone and a computer; what a visitor sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.permissions import Role
from app.usecases.context import SHELL
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.services.services import archive_service
from app.usecases.users import sessions
from app.usecases.users.passwords.passwords import hashed
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.users import add_user
from tests.browser.console.user_input import UserInput
from tests.browser.served import DESK, PHONE, Console
from tests.console import PASSWORD
from tests.factories import make_service


class Visitor:
    """Vera, who reads the page in Swedish and touches nothing."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def sees(self, text: str) -> None:
        """Wait until the page tells this by itself; its clock goes on in steps."""
        for _ in range(300):
            if text in self.tab.inner_text("main"):
                return
            self.tab.clock.run_for(2000)
            # The server needs time of this machine, which the clock of the page does not give.
            self.tab.wait_for_timeout(50)
        raise AssertionError(self.tab.inner_text("main"))


@contextmanager
def visiting(browser: Browser, url: str, size: Any) -> Iterator[Visitor]:  # noqa: ANN401
    context = browser.new_context(viewport=size, timezone_id="UTC")
    tab = context.new_page()
    tab.clock.install(time="2026-03-02T12:00:00Z")
    broken: list[str] = []
    tab.on("pageerror", lambda error: broken.append(str(error)))
    tab.goto(f"{url}/sv/")
    yield Visitor(tab)
    context.close()
    assert broken == []


@pytest.mark.parametrize(
    ("size", "slug"), [(PHONE, "cards"), (DESK, "transfers")], ids=["phone", "desk"]
)
def test_from_the_first_word_to_the_postmortem_and_the_next_window(
    console: Console, browser: Browser, size: dict[str, int], slug: str
) -> None:
    email, name = f"{slug}@example.com", slug.title()
    with console.installation.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
        make_service(ctx, slug)
        kim = add_user(ctx, email, Role.EDITOR, password=hashed(PASSWORD, email=email)).id
        sessions.begin(ctx, kim, BrowserInfo("Mozilla/5.0 (Android 14) Firefox/140.0", ""), days=14)
    tab = console.page(None, "/console/login")
    tab.set_viewport_size(size)  # type: ignore[arg-type]
    user_input = UserInput(tab)
    with visiting(browser, console.url, size) as vera:
        vera.sees("Alla tjänster fungerar")
        user_input.sign_in(email, PASSWORD)
        opens(user_input, name)
        vera.sees("Vi letar.")
        posts(user_input)
        vera.sees("En ledning är av.")
        resolves(user_input)
        vera.sees("Alla tjänster fungerar")
        accounts_for_it(user_input)
        vera.tab.goto(f"{console.url}/sv/incidents/{tab.url.rpartition('/')[2]}")
        vera.sees("Ett rotcertifikat gick ut.")
        vera.tab.goto(f"{console.url}/sv/")
        plans(user_input, name)
        vera.sees("Nya kablar")
    ends_a_session(user_input)
    user_input.go("Sign out", "button")
    expect(tab.get_by_text("You are signed out.")).to_be_visible()
    tab.close()
    with console.installation.writing() as ctx:
        archive_service(ctx, slug)


def opens(user_input: UserInput, service: str) -> None:
    user_input.press("Open an incident", "link")
    user_input.write("Title in English", "Cards are refused")
    user_input.write("Text in English", "We are looking.")
    user_input.show_language("Svenska")
    user_input.write("Title in Swedish", "Kort nekas")
    user_input.write("Text in Swedish", "Vi letar.")
    user_input.tab.get_by_label(service).select_option("partial_outage")
    expect(user_input.tab.locator("#preview [lang=sv]").last).to_contain_text("Kort nekas")
    expect(user_input.tab.locator("#draft-status")).to_contain_text("Saved as a draft")
    user_input.press("Publish")
    user_input.tab.get_by_role("heading", name="Cards are refused").wait_for()


def posts(user_input: UserInput) -> None:
    user_input.go("Now")
    user_input.press("Post an update", "link")
    user_input.tab.get_by_label("Identified").check()
    user_input.write("Text in English", "A line is down.")
    user_input.show_language("Svenska")
    user_input.write("Text in Swedish", "En ledning är av.")
    user_input.press("Publish")
    user_input.tab.get_by_text("A line is down.").first.wait_for()


def resolves(user_input: UserInput) -> None:
    user_input.press("Resolve", "link")
    expect(user_input.tab.get_by_label("Resolved")).to_be_checked()
    user_input.write("Text in English", "It works again.")
    user_input.show_language("Svenska")
    user_input.write("Text in Swedish", "Det fungerar igen.")
    user_input.press("Publish")
    expect(user_input.tab.get_by_role("link", name="Reopen")).to_be_visible()


def accounts_for_it(user_input: UserInput) -> None:
    user_input.press("Write the postmortem", "link")
    text = user_input.tab.get_by_label("Text in English", exact=True)
    assert "## What happened" in text.input_value()
    text.fill("## Cause\n\nA root ended.")
    user_input.show_language("Svenska")
    user_input.press("Create a draft from the incident Svenska")
    assert text.input_value() == "## Cause\n\nA root ended."
    user_input.show_language("Svenska")
    swedish = user_input.tab.get_by_label("Text in Swedish", exact=True)
    assert "## " in swedish.input_value()
    swedish.fill("## Orsak\n\nEtt rotcertifikat gick ut.")
    user_input.press("Publish")
    user_input.tab.get_by_role("heading", name="Cards are refused").wait_for()


def plans(user_input: UserInput, service: str) -> None:
    user_input.go("Maintenance")
    user_input.press("Plan a maintenance", "link")
    user_input.write("Title in English", "New cables")
    user_input.write("Text in English", "Nothing should be felt.")
    user_input.show_language("Svenska")
    user_input.write("Title in Swedish", "Nya kablar")
    user_input.tab.get_by_label(service).check()
    user_input.write("Starts", "2026-03-04T02:00")
    user_input.write("End", "2026-03-04T04:00")
    user_input.tab.get_by_label("Recurrence").select_option("weekly")
    user_input.press("Plan")
    assert "FREQ=WEEKLY" in user_input.tab.inner_text("main")


def ends_a_session(user_input: UserInput) -> None:
    user_input.go("My account")
    user_input.press("Sign out Firefox")
    expect(user_input.tab.get_by_text("Firefox")).to_have_count(0)
