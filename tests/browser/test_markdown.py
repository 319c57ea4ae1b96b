"""Tables in staff texts, the guide to Markdown, and the correction of a typo, in a real browser."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus
from app.usecases.incidents.lifecycle import post_update
from tests.browser import axe
from tests.browser.served import PHONE, Console
from tests.factories import make_incident, update

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_TEXT = (
    "See https://status.example.com/a/very/long/path/that/never/ends/and/has/no/space?x=1\n"
    "~~10:00~~ 11:00\n\n"
    "| Region | Requests that failed | Since |\n|---|--:|---|\n"
    "| Frankfurt | **1,234** of 5,678 | {{2021-09-30T14:01Z}} |\n"
    "| Stockholm-with-a-name-that-does-not-break | 0 | `never` |\n"
)


@pytest.fixture
def incident(console: Console) -> str:
    with console.installation.writing() as ctx:
        made = make_incident(ctx, update(body=_TEXT), title="Tables").incident.id
        post_update(ctx, made, update(IncidentStatus.IDENTIFIED, body=_TEXT))
    return made


@pytest.fixture
def page(console: Console, incident: str) -> Iterator[Page]:
    opened = console.page(None, f"/en/incidents/{incident}")
    yield opened
    opened.close()


def test_a_table_is_a_table_on_a_desk_and_a_list_on_a_phone(page: Page) -> None:
    cell = page.locator("td").first
    assert cell.evaluate("each => getComputedStyle(each).display") == "table-cell"
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert cell.evaluate("each => getComputedStyle(each).display") == "block"
    label = cell.evaluate("each => getComputedStyle(each, '::before').content")
    assert label.replace('"', "").startswith("Region")
    assert page.evaluate(_OVERFLOW) == 0
    assert axe.look(page) == []


def test_the_forms_of_corrections_and_the_guide_fit_on_a_phone(
    console: Console, incident: str
) -> None:
    tab = console.page(Role.EDITOR, "/console/markdown")
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert tab.evaluate(_OVERFLOW) == 0
    assert axe.look(tab) == []
    tab.goto(tab.url.replace("/markdown", f"/incidents/{incident}/update?status=resolved"))
    tab.get_by_label("Text in English").fill("Over.")
    tab.locator("details:has(#posted_at) > summary").click()
    early = (console.installation.clock() - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")
    tab.locator("#posted_at").fill(early)
    tab.get_by_role("button", name="Publish").click()
    asked = tab.get_by_label("The incident started at this time")
    asked.wait_for()
    assert tab.evaluate(_OVERFLOW) == 0
    assert axe.look(tab) == []
    tab.close()
