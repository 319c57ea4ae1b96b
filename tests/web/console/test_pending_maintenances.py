"""What is written about maintenances is kept, and waits, as what is written about incidents."""

from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import House
from tests.console import Staff, staff
from tests.factories import make_service
from tests.web.console.maintenances.test_maintenances import (
    HERE,
    NEW,
    edited,
    editor,
    made,
    planned,
    read,
    typed,
)


@pytest.fixture
def ben(house: House) -> Staff:
    return editor(house)


def waiting(house: House, **change: bool | int) -> None:
    """What is sent waits from now on."""
    with house.writing() as ctx:
        edit_page(ctx, PageChange(**change))  # type: ignore[arg-type]


def pending_plan(house: House, ben: Staff) -> str:
    """Plan a weekly maintenance that can be undone; the address of the pending text."""
    waiting(house, undo_seconds=10)
    with house.writing() as ctx:
        make_service(ctx, "booking")
    sent = {**NEW, "services": ["payments", "booking"], "repeats": "weekly", "until": "2026-04-05"}
    return ben.send(f"{HERE}/new", sent).headers["location"]


def test_a_plan_that_can_be_undone_is_shown_to_staff_only(house: House, ben: Staff) -> None:
    page = ben.get(pending_plan(house, ben)).text
    assert "Plans a maintenance" in page
    assert "Databasen uppgraderas" in page
    assert "Database upgrade" not in house.vera.get("/en/").text


def test_a_plan_that_was_undone_is_in_its_form_again(house: House, ben: Staff) -> None:
    held = pending_plan(house, ben)
    assert ben.send(f"{held}/withdraw").headers["location"] == f"{HERE}/new"
    fields = typed(ben.get(f"{HERE}/new").text)
    kept = {name: NEW[name] for name in ("title:en", "title:sv", "starts_at", "ends_at")}
    assert kept.items() <= fields.items()
    assert fields["until"] == "2026-04-05"


def test_the_choices_of_a_plan_that_was_undone_are_made_again(house: House, ben: Staff) -> None:
    ben.send(f"{pending_plan(house, ben)}/withdraw")
    form = ben.get(f"{HERE}/new").text
    assert 'value="payments" checked' in form
    assert 'value="booking" checked' in form
    assert '<option value="weekly" selected>' in form
    assert 'name="notify" value="on" checked' not in form


def test_a_change_can_be_undone_and_is_there_again(house: House, ben: Staff) -> None:
    maintenance = made(house, ben, repeats="weekly")
    waiting(house, undo_seconds=10)
    edit = f"{HERE}/{maintenance.id}/edit"
    form = edited(ben, maintenance.id, **{"title:en": "Upgrade", "repeats": ""})
    held = ben.send(edit, form).headers["location"]
    assert read(house, maintenance.id).recurrence is not None
    assert "Changes a maintenance" in ben.get(f"{HERE}/{maintenance.id}").text
    assert ben.send(f"{held}/withdraw").headers["location"] == edit
    again = ben.get(edit).text
    assert typed(again)["title:en"] == "Upgrade"
    assert '<option value="" selected>' in again


def test_somebody_else_approves_what_an_editor_says_of_a_maintenance(
    house: House, ben: Staff
) -> None:
    number = planned(house)
    waiting(house, four_eyes=True)
    said = {"status": "cancelled", "body:en": "The cables are late.", "body:sv": "Kablarna dröjer."}
    assert "Send for approval" in ben.get(f"{HERE}/{number}/update").text
    held = ben.send(f"{HERE}/{number}/update", said).headers["location"]
    assert read(house, number).maintenance.status == "scheduled"
    ada = staff(house, Role.ADMIN)
    page = ada.get(held).text
    assert "Kablarna dröjer." in page
    assert "Inställt" in page
    assert "Posts an update about a maintenance" in ada.get("/console/").text
    assert ada.send(f"{held}/approve").headers["location"] == f"{HERE}/{number}"
    assert read(house, number).maintenance.status == "cancelled"
    assert ada.get(held).headers["location"] == f"{HERE}/{number}"


def test_a_refused_plan_goes_back_into_its_form(house: House, ben: Staff) -> None:
    waiting(house, four_eyes=True)
    held = ben.send(f"{HERE}/new", NEW).headers["location"]
    staff(house, Role.ADMIN).send(f"{held}/withdraw", {"remark": "Not on a Sunday."})
    assert "refused it: Not on a Sunday." in ben.get("/console/").text
    assert ben.send(f"{held}/rewrite").headers["location"] == f"{HERE}/new"
    assert typed(ben.get(f"{HERE}/new").text)["title:en"] == "Database upgrade"


def test_what_is_typed_about_a_maintenance_is_kept_and_previewed(house: House, ben: Staff) -> None:
    update = f"{HERE}/{planned(house)}/update"
    told = {"status": "scheduled", "body:sv": "Det **blir** av.", "do": "preview"}
    page = ben.send(update, told).text
    assert "<strong>blir</strong>" in page.partition('id="preview"')[2]
    assert "Det **blir** av." in ben.get(update).text
    assert "kept as a draft" in ben.get(update).text


def test_the_second_who_words_an_update_better_is_told(house: House, ben: Staff) -> None:
    number = planned(house)
    ben.send(f"{HERE}/{number}/update", {"status": "scheduled", "body:en": "Teh plan stands."})
    update = read(house, number).maintenance.updates[0]
    path = f"{HERE}/{number}/updates/{update.id}"
    house.clock.now += timedelta(minutes=1)
    ben.send(path, {"body:en": "The plan stands.", "seen": ""})
    answer = ben.send(path, {"body:en": "The plan is standing.", "seen": ""})
    assert answer.status_code == 409
    assert "The plan stands." in answer.text
    assert "The plan is standing." in answer.text
