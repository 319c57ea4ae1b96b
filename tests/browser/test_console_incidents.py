"""An incident from its beginning to its postmortem, by hand in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.domain.permissions import Role
from app.usecases import holding
from app.usecases.context import SHELL
from app.usecases.page_settings import PageChange, edit_page
from app.usecases.users import add_user
from tests.browser import axe
from tests.browser.served import PHONE, Console
from tests.cast import ADA
from tests.console import PASSWORD
from tests.factories import make_incident, make_service

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Hand:
    """Somebody at a page, who counts what they do: each press, and each field that is filled."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.done = 0

    def press(self, name: str, role: str = "button") -> None:
        self.tab.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.done += 1

    def write(self, label: str, text: str) -> None:
        self.tab.get_by_label(label, exact=True).fill(text)
        self.done += 1


@pytest.fixture
def tab(console: Console) -> Iterator[Page]:
    """A phone at the first page of the console; what is sent can be undone for a while."""
    with console.house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=300))
    opened = console.page(Role.EDITOR)
    opened.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield opened
    opened.close()


def fits(tab: Page) -> None:
    """Nothing for axe to find, and nothing to scroll sideways."""
    assert tab.evaluate(_OVERFLOW) == 0
    assert axe.look(tab) == []


def test_from_the_first_screen_to_a_published_update_it_takes_four_things(
    console: Console, tab: Page
) -> None:
    with console.house.writing() as ctx:
        make_service(ctx, "booking")
        made = make_incident(ctx, title="Tills are slow").incident.id
    tab.reload()
    hand = Hand(tab)
    hand.press("Post an update Tills are slow", "link")
    hand.write("Text in English", "A line is down.")
    hand.press("Publish")
    tab.wait_for_url("**/console/held/*")
    hand.press("Publish now")
    tab.wait_for_url(f"**/console/incidents/{made}")
    assert hand.done <= 4
    public = console.page(None, "/en/")
    assert "A line is down." in public.inner_text("main")
    public.close()


def test_an_incident_from_its_beginning_to_its_postmortem(console: Console) -> None:
    with console.house.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(undo_seconds=300))
        make_service(ctx, "payments")
        add_user(ctx, "kim@example.com", Role.EDITOR, password=PASSWORD)
    public = console.page(None, "/sv/")
    tab = console.page(None, "/console/login")
    tab.get_by_label("E-mail address").fill("kim@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    hand = Hand(tab)
    opens_in_two_languages(hand)
    public.reload()
    assert "Vi letar." in public.inner_text("main")
    resolves(hand)
    public.reload()
    assert "Alla tjänster fungerar" in public.inner_text("main")
    accounts_for_it(hand)
    tab.get_by_role("link", name="As visitors see it").click()
    assert "A root ended." in tab.inner_text("main")
    tab.close()
    public.close()


def opens_in_two_languages(hand: Hand) -> None:
    hand.press("Open an incident", "link")
    hand.write("Title in English", "Cards are refused")
    hand.write("Text in English", "We are looking.")
    hand.write("Title in Swedish", "Kort nekas")
    hand.write("Text in Swedish", "Vi letar.")
    hand.tab.get_by_label("Payments").select_option("partial_outage")
    expect(hand.tab.locator("#preview [lang=sv]").last).to_contain_text("Kort nekas")
    expect(hand.tab.locator("#kept")).to_contain_text("kept as a draft")
    assert axe.look(hand.tab) == []
    hand.press("Publish")
    expect(hand.tab.locator("[data-left]")).to_have_text("300")
    assert axe.look(hand.tab) == []
    hand.press("Publish now")
    hand.tab.get_by_role("heading", name="Cards are refused").wait_for()


def resolves(hand: Hand) -> None:
    hand.press("Resolve", "link")
    expect(hand.tab.get_by_label("Resolved")).to_be_checked()
    hand.write("Text in English", "It works again.")
    hand.write("Text in Swedish", "Det fungerar igen.")
    hand.press("Publish")
    hand.press("Publish now")
    expect(hand.tab.get_by_role("link", name="Reopen")).to_be_visible()


def accounts_for_it(hand: Hand) -> None:
    hand.press("Write the postmortem", "link")
    text = hand.tab.get_by_label("Text in English", exact=True)
    assert "## What happened" in text.input_value()
    text.fill("## Cause\n\nA root ended.")
    hand.press("Begin from what is known Svenska")
    assert text.input_value() == "## Cause\n\nA root ended."
    hand.press("Publish")
    hand.press("Publish now")


def test_on_a_phone_one_language_is_shown_at_a_time_and_what_is_typed_is_kept(
    console: Console, tab: Page
) -> None:
    tab.get_by_role("link", name="Open an incident").click()
    swedish = tab.get_by_label("Text in Swedish", exact=True)
    assert not swedish.is_visible()
    tab.get_by_text("Svenska", exact=True).first.click()
    swedish.fill("Vi letar.")
    expect(tab.locator(".tongue", has_text="Svenska").locator(".state")).to_have_text("written")
    expect(tab.locator("#kept")).to_contain_text("kept as a draft")
    fits(tab)
    tab.goto(f"{console.url}/console/incidents/new")
    assert swedish.input_value() == "Vi letar."
    tab.get_by_role("button", name="Throw it away").click()
    assert swedish.input_value() == ""


def test_it_leaves_by_itself_and_one_is_led_to_it(console: Console, tab: Page) -> None:
    with console.house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=1))
        made = make_incident(ctx, title="It leaves").incident.id
    tab.goto(f"{console.url}/console/incidents/{made}/update?status=monitoring")
    tab.get_by_label("Text in English", exact=True).fill("We watch.")
    tab.get_by_role("button", name="Publish").click()
    tab.wait_for_url("**/console/held/*")
    console.house.clock.forward(seconds=2)
    with console.house.writing() as ctx:
        holding.send_due(ctx)
    tab.wait_for_url(f"**/console/incidents/{made}")
    tab.get_by_text("Visitors see it now.").wait_for()
