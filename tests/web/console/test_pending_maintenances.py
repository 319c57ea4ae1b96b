"""What is written about maintenances is stored, and waits, as what is written about incidents."""

from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import Installation
from tests.console import Staff, approve, staff
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
def ben(installation: Installation) -> Staff:
    return editor(installation)


def waiting(installation: Installation, **change: bool | int) -> None:
    """What is sent waits from now on."""
    with installation.writing() as ctx:
        edit_page(ctx, PageChange(**change))  # type: ignore[arg-type]


def pending_plan(installation: Installation, ben: Staff) -> str:
    """Plan a weekly maintenance that can be undone; the address of the pending text."""
    waiting(installation, undo_seconds=10)
    with installation.writing() as ctx:
        make_service(ctx, "booking")
    sent = {**NEW, "services": ["payments", "booking"], "repeats": "weekly", "until": "2026-04-05"}
    return ben.send(f"{HERE}/new", sent).headers["location"]


def test_a_plan_that_can_be_undone_is_shown_to_staff_only(
    installation: Installation, ben: Staff
) -> None:
    page = ben.get(pending_plan(installation, ben)).text
    assert "Plans a maintenance" in page
    assert "Databasen uppgraderas" in page
    assert "Database upgrade" not in installation.vera.get("/en/").text


def test_a_plan_that_was_undone_is_in_its_form_again(
    installation: Installation, ben: Staff
) -> None:
    held = pending_plan(installation, ben)
    assert ben.send(f"{held}/withdraw").headers["location"] == f"{HERE}/new"
    fields = typed(ben.get(f"{HERE}/new").text)
    stored = {name: NEW[name] for name in ("title:en", "title:sv", "starts_at", "ends_at")}
    assert stored.items() <= fields.items()
    assert fields["until"] == "2026-04-05"


def test_the_choices_of_a_plan_that_was_undone_are_made_again(
    installation: Installation, ben: Staff
) -> None:
    ben.send(f"{pending_plan(installation, ben)}/withdraw")
    form = ben.get(f"{HERE}/new").text
    assert 'value="payments" checked' in form
    assert 'value="booking" checked' in form
    assert '<option value="weekly" selected>' in form
    assert 'name="notify" value="on" checked' not in form


def test_a_change_can_be_undone_and_is_there_again(installation: Installation, ben: Staff) -> None:
    maintenance = made(installation, ben, repeats="weekly")
    waiting(installation, undo_seconds=10)
    edit = f"{HERE}/{maintenance.id}/edit"
    form = edited(ben, maintenance.id, **{"title:en": "Upgrade", "repeats": ""})
    held = ben.send(edit, form).headers["location"]
    assert read(installation, maintenance.id).recurrence is not None
    assert "Changes a maintenance" in ben.get(f"{HERE}/{maintenance.id}").text
    assert ben.send(f"{held}/withdraw").headers["location"] == edit
    again = ben.get(edit).text
    assert typed(again)["title:en"] == "Upgrade"
    assert '<option value="" selected>' in again


def test_somebody_else_approves_what_an_editor_says_of_a_maintenance(
    installation: Installation, ben: Staff
) -> None:
    number = planned(installation)
    waiting(installation, four_eyes=True)
    fields = {
        "status": "cancelled",
        "body:en": "The cables are late.",
        "body:sv": "Kablarna dröjer.",
    }
    assert "Submit for approval" in ben.get(f"{HERE}/{number}/update").text
    held = ben.send(f"{HERE}/{number}/update", fields).headers["location"]
    assert read(installation, number).maintenance.status == "scheduled"
    ada = staff(installation, Role.ADMIN)
    page = ada.get(held).text
    assert "Kablarna dröjer." in page
    assert "Inställt" in page
    assert "Posts an update about a maintenance" in ada.get("/console/").text
    assert approve(ada, held).headers["location"] == f"{HERE}/{number}"
    assert read(installation, number).maintenance.status == "cancelled"
    assert ada.get(held).headers["location"] == f"{HERE}/{number}"


def test_a_refused_plan_goes_back_into_its_form(installation: Installation, ben: Staff) -> None:
    waiting(installation, four_eyes=True)
    held = ben.send(f"{HERE}/new", NEW).headers["location"]
    staff(installation, Role.ADMIN).send(f"{held}/withdraw", {"remark": "Not on a Sunday."})
    assert "refused it: Not on a Sunday." in ben.get("/console/").text
    assert ben.send(f"{held}/rewrite").headers["location"] == f"{HERE}/new"
    assert typed(ben.get(f"{HERE}/new").text)["title:en"] == "Database upgrade"


def test_what_is_typed_about_a_maintenance_is_stored_and_previewed(
    installation: Installation, ben: Staff
) -> None:
    update = f"{HERE}/{planned(installation)}/update"
    fields = {"status": "scheduled", "body:sv": "Det **blir** av.", "do": "preview"}
    page = ben.send(update, fields).text
    assert "<strong>blir</strong>" in page.partition('id="preview"')[2]
    assert "Det **blir** av." in ben.get(update).text
    assert "Saved as a draft" in ben.get(update).text


def test_the_second_who_words_an_update_better_gets_a_conflict(
    installation: Installation, ben: Staff
) -> None:
    number = planned(installation)
    ben.send(f"{HERE}/{number}/update", {"status": "scheduled", "body:en": "Teh plan stands."})
    update = read(installation, number).maintenance.updates[0]
    path = f"{HERE}/{number}/updates/{update.id}"
    installation.clock.now += timedelta(minutes=1)
    ben.send(path, {"body:en": "The plan stands.", "seen": ""})
    answer = ben.send(path, {"body:en": "The plan is standing.", "seen": ""})
    assert answer.status_code == 409
    assert "The plan stands." in answer.text
    assert "The plan is standing." in answer.text
