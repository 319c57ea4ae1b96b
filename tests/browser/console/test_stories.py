"""A first day and a night of an outage, on a phone and a computer, in each language.

`STORIES=all` plays every size in every language; by default each size and each language is played,
but not each with each, since a story takes four seconds of processor time.
"""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.monitors import ADAPTERS
from app.usecases.alerts import ingest
from app.usecases.context import SHELL, Actor
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.services.services import add_service
from app.usecases.sources import inbox, sources
from app.usecases.sources.processor import Processor
from app.usecases.sources.records import NewSource
from tests.browser.served import DESK, PHONE, Console, opened_console
from tests.console import PASSWORD
from tests.web.console.screens import welcome

_WORKER = Actor(ActorKind.WORKER, "worker")
_DAYS = [(PHONE, "ar"), (DESK, "en")]
_NIGHTS = [(PHONE, "sv"), (DESK, "ar")]
_ALL = [(size, language) for size in (PHONE, DESK) for language in ("en", "sv", "ar")]
_NAMES = {"en": "Card payments", "sv": "Kortbetalningar", "ar": "الدفع بالبطاقات"}
_REPORTED = {
    "en": "Our monitoring reports a problem.",
    "sv": "Vår övervakning rapporterar ett problem.",
    "ar": "تُبلغ أنظمة المراقبة لدينا عن مشكلة",
}
_TITLES = {"en": "Cards are refused", "sv": "Kort nekas", "ar": "البطاقات مرفوضة"}
_FOUND = {"en": "A line is down.", "sv": "En ledning är av.", "ar": "خط الاتصال مقطوع."}
_OVER = {"en": "It works again.", "sv": "Det fungerar igen.", "ar": "عادت الخدمة إلى العمل."}
_CAUSE = {"en": "A cable was cut.", "sv": "En kabel grävdes av.", "ar": "قُطع أحد الكابلات."}


def stories(usual: list[tuple[Any, str]]) -> pytest.MarkDecorator:
    """Run a test for each of these sizes and languages, or for all."""
    return pytest.mark.parametrize(
        ("size", "language"),
        _ALL if os.environ.get("STORIES") == "all" else usual,
        ids=lambda value: value if isinstance(value, str) else str(value["width"]),
    )


@pytest.fixture
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """An empty installation."""
    with opened_console(browser, tmp_path_factory.mktemp("story")) as opened:
        yield opened


class Story:
    """Staff and a visitor in tabs of one size, and a worker that does what is due."""

    def __init__(self, console: Console, staff: Page, size: Any, language: str) -> None:  # noqa: ANN401
        self.console, self.staff, self.language = console, staff, language
        self.visitor = console.page(None, f"/{language}/", language=language)
        for tab in (self.staff, self.visitor):
            tab.set_viewport_size(size)

    def visit(self, path: str, *texts: str) -> None:
        """Read a public page in the language of the story until it has these texts."""
        deadline, shown = time.monotonic() + 60, ""
        while not shown or not all(text in shown for text in texts):
            assert time.monotonic() < deadline, shown
            # The browser may have the page for ten seconds, unless the visitor reloads it.
            address = f"{self.console.url}/{self.language}{path}"
            if self.visitor.url == address:
                self.visitor.reload()
            else:
                self.visitor.goto(address)
            shown = self.visitor.inner_text("main")
        assert self.visitor.get_attribute("html", "lang") == self.language
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.visitor.evaluate(width) == 0

    def write(self, field: str, texts: dict[str, str]) -> None:
        """Fill the field of each language; a phone shows one language at a time."""
        for tag, text in texts.items():
            tab = self.staff.locator(f"label[for='language-tab:{tag}']")
            if tab.count() and tab.is_visible():
                tab.click()
            self.staff.locator(f"[id='{field}:{tag}']").fill(text)

    def open(self, selector: str) -> None:
        """Follow a link or press a button, and wait for the next screen."""
        with self.staff.expect_navigation():
            self.staff.locator(selector).first.click()

    def publish(self) -> None:
        """Publish what was written, once the time to undo it is over."""
        self.open("button[value=publish]")
        self.work(seconds=30)

    def work(self, **amount: float) -> None:
        """Let time pass, and the worker do what is due."""
        self.console.installation.clock.forward(**amount)
        with self.console.installation.writing(_WORKER) as ctx:
            pending.publish_due(ctx)
            if ingest.has_due_work(ctx):
                ingest.advance(ctx)


@stories(_DAYS)
def test_a_first_day_from_an_empty_installation_to_the_first_update(
    console: Console, size: dict[str, int], language: str
) -> None:
    story = Story(
        console,
        console.page(None, welcome(console.installation), language=language),
        size,
        language,
    )
    staff = story.staff
    story.visit("/")
    staff.fill("#email", "kim@example.com")
    staff.fill("#password", PASSWORD)
    story.open("main form button")
    expect(staff.locator("#setup li.unknown")).to_have_count(4)

    story.open("#setup a[href='/console/page']")
    for tag in ("en", "sv", "ar"):
        staff.locator(f"[name=languages][value={tag}]").check()
    staff.locator("[id='name:en']").fill("netPark")
    story.open("main form .actions button")
    story.open("a.name")
    expect(staff.locator("#setup li.operational")).to_have_count(1)

    story.open("#setup a[href='/console/services/new']")
    for tag, name in _NAMES.items():
        staff.locator(f"[id='name:{tag}']").fill(name)
    story.open("main form .actions button")
    story.visit("/", _NAMES[language])

    story.open("a.name")
    story.open("main a[href='/console/incidents/new']")
    story.write("title", _TITLES)
    staff.locator("[name='services:card-payments']").select_option("major_outage")
    staff.locator("details:has(#sentence) summary").click()
    story.open("button[value=sentence]")
    story.publish()
    story.visit("/", _TITLES[language], _NAMES[language])
    direction = "rtl" if language == "ar" else "ltr"
    assert story.visitor.get_attribute("html", "dir") == direction


@stories(_NIGHTS)
def test_a_night_of_an_outage_from_the_alert_to_the_postmortem(
    console: Console, size: dict[str, int], language: str
) -> None:
    installation = console.installation
    with installation.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(languages=["en", "sv", "ar"]))
        add_service(ctx, "cards", LocalizedText.from_mapping(_NAMES, default="en"))
        box = installation.app.state.fyr.secret_box
        new = NewSource("generic", "Mona", publish="auto", accept_untested=True)
        made = sources.add_source(ctx, box, new, ADAPTERS).source
        mona = sources.required_source(ctx, made.id).id or 0
    story = Story(console, console.page(Role.EDITOR, language=language), size, language)
    staff = story.staff
    story.visit("/", _NAMES[language])

    report(story, mona, "firing")
    story.visit("/", _REPORTED[language])

    staff.reload()
    story.open("main a[href$='/update']")
    here = staff.url.removesuffix("/update")
    staff.locator("[name=status][value=identified]").check()
    story.write("body", _FOUND)
    staff.locator("#next_update_at").select_option("30")
    story.publish()
    public = f"/incidents/{here.rpartition('/')[2]}"
    story.visit(public, _FOUND[language])
    assert story.visitor.locator(".next-update").is_visible()

    report(story, mona, "resolved")
    staff.goto(here)
    story.open("a[href$='?status=resolved']")
    story.write("body", _OVER)
    story.publish()
    story.visit(public, _OVER[language])
    assert not story.visitor.locator(".next-update").count()

    staff.goto(here)
    story.open("a[href$='/postmortem']")
    story.write("body", _CAUSE)
    story.publish()
    story.visit(public, _CAUSE[language])


def report(story: Story, source: int, status: str) -> None:
    """Let the monitor report, and the worker wait as long as routes want it to."""
    installation = story.console.installation
    alert = {"dedup_key": "line", "status": status, "service": "cards", "severity": "critical"}
    body = json.dumps(alert).encode()
    with installation.writing(_WORKER) as ctx:
        headers = {"content-type": "application/json"}
        event = inbox.ReceivedEvent(source, ctx.now, "POST", "", "", headers, body)
        inbox.store(ctx, [event])
    Processor(installation.database, ADAPTERS).drain()
    story.work(minutes=2)
