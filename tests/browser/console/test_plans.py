"""Services, maintenances and the page's settings in a real browser."""

import pytest

from app.domain.permissions import Role
from tests.browser import axe
from tests.browser.served import Console
from tests.factories import make_maintenance, make_service


@pytest.fixture(scope="module")
def furnished(console: Console) -> Console:
    with console.installation.writing() as ctx:
        make_service(ctx, "payments", group="Shop")
        make_service(ctx, "cards", group="Shop")
        make_maintenance(ctx, recurrence="FREQ=WEEKLY")
    return console


def test_a_recurring_maintenance_is_looked_at_then_planned(furnished: Console) -> None:
    tab = furnished.page(Role.EDITOR, "/console/maintenances/new")
    tab.fill('[id="title:en"]', "New cables")
    tab.fill('[id="body:en"]', "Nothing should be felt.")
    tab.get_by_label("Cards").check()
    tab.get_by_label("Starts").fill("2026-03-15T02:00")
    tab.get_by_label("End").fill("2026-03-15T04:00")
    tab.get_by_label("Recurrence").select_option("monthly_weekday")
    tab.get_by_role("button", name="Show the dates").click()
    dates = tab.locator("#dates li")
    dates.first.wait_for()
    assert dates.count() == 5
    assert axe.look(tab) == []
    tab.get_by_role("button", name="Plan").click()
    tab.wait_for_url("**/console/pending-texts/*")
    assert axe.look(tab) == []
    tab.get_by_role("button", name="Publish now").click()
    tab.wait_for_url("**/console/maintenances/*")
    assert "Visitors see it now." in tab.inner_text("body")
    assert "FREQ=MONTHLY;BYDAY=3SU" in tab.inner_text("main")
    assert axe.look(tab) == []
    tab.get_by_role("link", name="Post an update").click()
    tab.get_by_label("Text in English").fill("All is as planned.")
    tab.locator("#preview [lang=en]").last.get_by_text("All is as planned.").wait_for()
    assert axe.look(tab) == []
    tab.close()


def test_a_service_is_moved_by_keyboard_again_and_again_and_by_dragging(furnished: Console) -> None:
    tab = furnished.page(Role.ADMIN, "/console/services")
    names = "form[data-order] li strong"
    tab.focus("#down-payments")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/console/services#up-payments")
    assert tab.locator(names).all_inner_texts() == ["Cards", "Payments"]
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/console/services#down-payments")
    assert tab.locator(names).all_inner_texts() == ["Payments", "Cards"]
    with tab.expect_navigation():
        tab.locator("[data-row]").last.drag_to(
            tab.locator("[data-row]").first, target_position={"x": 40, "y": 4}
        )
    assert tab.locator(names).all_inner_texts() == ["Cards", "Payments"]
    tab.close()
