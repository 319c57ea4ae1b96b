"""An incident from its first update to its postmortem, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.db.queries.page.page import read_page
from app.domain.permissions import Role
from app.i18n.languages import LANGUAGES
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from tests.browser import axe
from tests.browser.console.user_input import UserInput
from tests.browser.served import PHONE, Console
from tests.cast import ADA
from tests.factories import make_incident, make_service

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def tab(console: Console) -> Iterator[Page]:
    """A phone at the first page of the console; what is sent can be undone for a while."""
    with console.installation.writing(ADA) as ctx:
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
    with console.installation.writing() as ctx:
        make_service(ctx, "booking")
        made = make_incident(ctx, title="Tills are slow").incident.id
    tab.reload()
    user_input = UserInput(tab)
    user_input.press("Post an update Tills are slow", "link")
    user_input.write("Text in English", "A line is down.")
    user_input.press("Publish")
    tab.wait_for_url("**/console/pending-texts/*")
    user_input.press("Publish now")
    tab.wait_for_url(f"**/console/incidents/{made}")
    assert user_input.done <= 4
    public = console.page(None, "/en/")
    assert "A line is down." in public.inner_text("main")
    public.close()


def test_on_a_phone_one_language_is_shown_at_a_time_and_what_is_typed_stays(
    console: Console, tab: Page
) -> None:
    tab.get_by_role("link", name="Open an incident").click()
    swedish = tab.get_by_label("Text in Swedish", exact=True)
    assert not swedish.is_visible()
    tab.get_by_text("Svenska", exact=True).first.click()
    swedish.fill("Vi letar.")
    expect(tab.locator(".language-tab", has_text="Svenska").locator(".state")).to_have_text(
        "written"
    )
    expect(tab.locator("#draft-status")).to_contain_text("Saved as a draft")
    fits(tab)
    tab.goto(f"{console.url}/console/incidents/new")
    assert swedish.input_value() == "Vi letar."
    tab.get_by_role("button", name="Discard").click()
    assert swedish.input_value() == ""


def test_it_leaves_by_itself_and_one_is_led_to_it(console: Console, tab: Page) -> None:
    with console.installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=1))
        made = make_incident(ctx, title="It leaves").incident.id
    tab.goto(f"{console.url}/console/incidents/{made}/update?status=monitoring")
    tab.get_by_label("Text in English", exact=True).fill("We watch.")
    tab.get_by_role("button", name="Publish").click()
    tab.wait_for_url("**/console/pending-texts/*")
    console.installation.clock.forward(seconds=2)
    with console.installation.writing() as ctx:
        pending.publish_due(ctx)
    tab.wait_for_url(f"**/console/incidents/{made}")
    tab.get_by_text("Visitors see it now.").wait_for()


def test_with_four_languages_the_text_has_the_width_of_its_panel(console: Console) -> None:
    with console.installation.writing(ADA) as ctx:
        languages = list(read_page(ctx.session).languages)
        edit_page(ctx, PageChange(languages=list(LANGUAGES)[:4]))
    opened = console.page(Role.EDITOR, "/console/incidents/new")
    opened.set_viewport_size({"width": 1280, "height": 900})
    assert opened.locator(".language-tab:visible").count() == 4
    panel, text = (opened.locator(each).first.bounding_box() for each in (".panel", "textarea"))
    assert panel is not None
    assert text is not None
    assert text["width"] > 0.9 * panel["width"]
    opened.close()
    with console.installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(languages=languages))
