"""What a person taps and scrolls on a phone to post an update, with few languages and with all."""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.i18n.languages import LANGUAGES
from app.usecases.context import SHELL
from app.usecases.incidents.lifecycle import NewIncident, get_incident, open_incident
from app.usecases.page.settings import PageChange, edit_page
from tests.browser.served import PHONE, Console
from tests.factories import english, make_service, update

# What the keyboard of a phone leaves.
WITH_KEYBOARD = {"width": 390, "height": 420}


@dataclass
class Phone:
    """A tab in which taps are counted, and the pixels that are scrolled to what is tapped."""

    tab: Page
    taps: int = 0
    pixels: int = field(default=0)

    def tap(self, target: Locator) -> None:
        before = self.tab.evaluate("scrollY")
        target.scroll_into_view_if_needed()
        self.pixels += abs(self.tab.evaluate("scrollY") - before)
        target.click()
        self.taps += 1


def test_all_languages_need_no_more_taps_than_three(console: Console) -> None:
    few = _post_update(console, ("en", "sv", "ar"), "cards")
    many = _post_update(console, LANGUAGES, "transfers")
    assert many.taps == few.taps == 6
    assert many.pixels < few.pixels + PHONE["height"] / 2


def test_a_text_with_its_services_and_next_update_fits_on_the_screen_of_a_phone(
    console: Console,
) -> None:
    with console.installation.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
        make_service(ctx, "refunds")
        first = update(IncidentStatus.INVESTIGATING, {"refunds": ServiceStatus.PARTIAL_OUTAGE})
        incident = open_incident(ctx, NewIncident(english("Trouble: refunds"), first)).incident
    tab = console.page(Role.EDITOR, f"/console/incidents/{incident.id}/update")
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert _height(tab, "#next_update_at") < PHONE["height"]
    tab.set_viewport_size(WITH_KEYBOARD)  # type: ignore[arg-type]
    assert _height(tab, ".service-pick select") < WITH_KEYBOARD["height"]
    tab.close()


def _height(tab: Page, last: str) -> float:
    """From the top of the text to the end of the control, and the buttons that stay in view."""
    height: float = tab.evaluate(
        """last => {
          const box = each => document.querySelector(each).getBoundingClientRect();
          return box(last).bottom - box("textarea").top + box(".send").height;
        }""",
        last,
    )
    return height


def _post_update(console: Console, languages: tuple[str, ...], slug: str) -> Phone:
    """Post a standard sentence, from the first screen on."""
    with console.installation.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(languages=languages, undo_seconds=0))
        make_service(ctx, slug)
        first = update(IncidentStatus.INVESTIGATING, {slug: ServiceStatus.PARTIAL_OUTAGE})
        incident = open_incident(ctx, NewIncident(english(f"Trouble: {slug}"), first)).incident
    phone = Phone(console.page(Role.EDITOR))
    phone.tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    phone.tap(phone.tab.get_by_role("link", name="Post an update").first)
    phone.tap(phone.tab.get_by_label("Identified"))
    phone.tap(phone.tab.get_by_text("Standard sentences"))
    phone.tap(phone.tab.get_by_label("Sentence", exact=True))
    phone.tab.get_by_label("Sentence", exact=True).select_option("working_on_a_fix")
    phone.tap(phone.tab.locator("button[value=sentence]"))
    phone.tap(phone.tab.get_by_role("button", name="Publish", exact=True))
    phone.tab.wait_for_url(f"**/incidents/{incident.id}")
    phone.tab.close()
    with console.installation.reading() as ctx:
        newest = get_incident(ctx, incident.id).incident.updates[0]
    assert isinstance(newest.body, LocalizedText)
    assert {tag for tag, _ in newest.body} == set(languages)
    return phone
