"""A night on duty in a real browser, on a phone and at a desk, and a visitor who watches."""

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
from app.usecases.users.sessions import BrowserInfo
from app.usecases.users.users import add_user
from tests.browser.hand import Hand
from tests.browser.served import DESK, PHONE, Console
from tests.console import PASSWORD
from tests.factories import make_service


class Visitor:
    """Vera, who reads the page in Swedish and touches nothing."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def sees(self, text: str) -> None:
        """Wait until the page tells this by itself; its clock goes on in steps."""
        for _ in range(100):
            if text in self.tab.inner_text("main"):
                return
            self.tab.clock.run_for(2000)
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
        kim = add_user(ctx, email, Role.EDITOR, password=PASSWORD).id
        sessions.begin(ctx, kim, BrowserInfo("Mozilla/5.0 (Android 14) Firefox/140.0", ""), days=14)
    tab = console.page(None, "/console/login")
    tab.set_viewport_size(size)  # type: ignore[arg-type]
    hand = Hand(tab)
    with visiting(browser, console.url, size) as vera:
        vera.sees("Alla tjänster fungerar")
        hand.sign_in(email, PASSWORD)
        opens(hand, name)
        vera.sees("Vi letar.")
        posts(hand)
        vera.sees("En ledning är av.")
        resolves(hand)
        vera.sees("Alla tjänster fungerar")
        accounts_for_it(hand)
        vera.tab.goto(f"{console.url}/sv/incidents/{tab.url.rpartition('/')[2]}")
        vera.sees("Ett rotcertifikat gick ut.")
        vera.tab.goto(f"{console.url}/sv/")
        plans(hand, name)
        vera.sees("Nya kablar")
    ends_a_session(hand)
    hand.go("Sign out", "button")
    expect(tab.get_by_text("You have signed out.")).to_be_visible()
    tab.close()
    with console.installation.writing() as ctx:
        archive_service(ctx, slug)


def opens(hand: Hand, service: str) -> None:
    hand.press("Open an incident", "link")
    hand.write("Title in English", "Cards are refused")
    hand.write("Text in English", "We are looking.")
    hand.turn_to("Svenska")
    hand.write("Title in Swedish", "Kort nekas")
    hand.write("Text in Swedish", "Vi letar.")
    hand.tab.get_by_label(service).select_option("partial_outage")
    expect(hand.tab.locator("#preview [lang=sv]").last).to_contain_text("Kort nekas")
    expect(hand.tab.locator("#kept")).to_contain_text("kept as a draft")
    hand.press("Publish")
    hand.tab.get_by_role("heading", name="Cards are refused").wait_for()


def posts(hand: Hand) -> None:
    hand.go("Now")
    hand.press("Post an update", "link")
    hand.tab.get_by_label("Identified").check()
    hand.write("Text in English", "A line is down.")
    hand.turn_to("Svenska")
    hand.write("Text in Swedish", "En ledning är av.")
    hand.press("Publish")
    hand.tab.get_by_text("A line is down.").first.wait_for()


def resolves(hand: Hand) -> None:
    hand.press("Resolve", "link")
    expect(hand.tab.get_by_label("Resolved")).to_be_checked()
    hand.write("Text in English", "It works again.")
    hand.turn_to("Svenska")
    hand.write("Text in Swedish", "Det fungerar igen.")
    hand.press("Publish")
    expect(hand.tab.get_by_role("link", name="Reopen")).to_be_visible()


def accounts_for_it(hand: Hand) -> None:
    hand.press("Write the postmortem", "link")
    text = hand.tab.get_by_label("Text in English", exact=True)
    assert "## What happened" in text.input_value()
    text.fill("## Cause\n\nA root ended.")
    hand.turn_to("Svenska")
    hand.press("Begin from what is known Svenska")
    assert text.input_value() == "## Cause\n\nA root ended."
    hand.turn_to("Svenska")
    swedish = hand.tab.get_by_label("Text in Swedish", exact=True)
    assert "## " in swedish.input_value()
    swedish.fill("## Orsak\n\nEtt rotcertifikat gick ut.")
    hand.press("Publish")
    hand.tab.get_by_role("heading", name="Cards are refused").wait_for()


def plans(hand: Hand, service: str) -> None:
    hand.go("Maintenance")
    hand.press("Plan a maintenance", "link")
    hand.write("Title in English", "New cables")
    hand.write("Text in English", "Nothing should be felt.")
    hand.turn_to("Svenska")
    hand.write("Title in Swedish", "Nya kablar")
    hand.tab.get_by_label(service).check()
    hand.write("Begins", "2026-03-04T02:00")
    hand.write("Ends", "2026-03-04T04:00")
    hand.tab.get_by_label("How often").select_option("weekly")
    hand.press("Plan it")
    assert "FREQ=WEEKLY" in hand.tab.inner_text("main")


def ends_a_session(hand: Hand) -> None:
    hand.go("My account")
    hand.press("Sign out Firefox")
    expect(hand.tab.get_by_text("Firefox")).to_have_count(0)
