"""A pending text says whether subscribers are notified, and which text visitors would lose."""

from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.usecases.incidents.lifecycle import get_incident, post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.maintenances.windows import NewMaintenanceUpdate, post_maintenance_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.subscribers.availability import record_mail_setup
from tests.cast import Installation
from tests.console import Staff, approve, staff
from tests.factories import english, make_incident, make_maintenance, make_subscriber, update
from tests.web.api.incidents.test_pending_texts import approve as approve_by_api
from tests.web.console.incidents.test_updates import editor

WORKING = "We are working on it."


@pytest.fixture
def ben(installation: Installation) -> Staff:
    """An editor whose texts need a second person."""
    with installation.writing() as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    return editor(installation)


def explained(installation: Installation) -> str:
    """A resolved incident with a published postmortem; its id."""
    with installation.writing() as ctx:
        over = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
        put_postmortem(ctx, over, NewPostmortem(english("A root expired."), publish=True))
    return over


def removed_part(page: str) -> str:
    """The section of a page with the text to remove."""
    assert "Text to remove" in page
    return page.partition("Text to remove")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [({"notify": "on"}, "Notifies subscribers"), ({}, "Does not notify subscribers")],
)
def test_a_pending_text_says_whether_it_notifies_subscribers(
    installation: Installation, ben: Staff, chosen: dict[str, str], expected: str
) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
        record_mail_setup(ctx, is_set_up=True)
        make_subscriber(ctx, "kim@example.com")
    installation.clock.forward(hours=1)
    sent = {"status": "identified", "body:en": WORKING, **chosen}
    held = ben.send(f"/console/incidents/{incident}/update", sent).headers["location"]
    for reader in (ben, staff(installation, Role.ADMIN)):
        page = reader.get(held).text
        assert expected in page
        assert "Text to remove" not in page


def test_who_approves_the_removal_of_an_update_reads_its_text(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident.id
        post_update(ctx, incident, update(body=WORKING))
        newest = get_incident(ctx, incident).incident.updates[0].id
    path = f"/console/incidents/{incident}/updates/{newest}/remove"
    held = ben.send(path).headers["location"]
    ada = staff(installation, Role.ADMIN)
    page = ada.get(held).text
    assert WORKING in removed_part(page)
    assert "Does not notify subscribers" in page
    approve(ada, held)
    assert WORKING not in installation.vera.get(f"/en/incidents/{incident}").text


def test_who_approves_the_removal_of_an_update_about_a_maintenance_reads_its_text(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing() as ctx:
        planned = make_maintenance(ctx, starts_in=timedelta(hours=1)).id
        stated = NewMaintenanceUpdate(MaintenanceStatus.SCHEDULED, english("It stays as planned."))
        newest = post_maintenance_update(ctx, planned, stated).maintenance.updates[0].id
    path = f"/console/maintenances/{planned}/updates/{newest}/remove"
    held = ben.send(path).headers["location"]
    assert "It stays as planned." in removed_part(ben.get(held).text)


def test_an_editor_submits_the_withdrawal_of_a_postmortem_for_approval(
    installation: Installation, ben: Staff
) -> None:
    incident = explained(installation)
    form = f"/console/incidents/{incident}/postmortem"
    assert "Submit the withdrawal for approval" in ben.get(form).text
    held = ben.send(form, {"do": "withdraw"}).headers["location"]
    ada = staff(installation, Role.ADMIN)
    assert "Withdraws the postmortem" in ada.get("/console/").text
    page = ada.get(held).text
    assert "Withdraws the postmortem" in page
    assert "A root expired." in removed_part(page)
    # Visitors see nothing new, so that there is nothing to preview.
    assert "Preview for visitors" not in page
    public = f"/en/incidents/{incident}"
    assert "A root expired." in installation.vera.get(public).text
    assert approve(ada, held).status_code == 303
    assert "A root expired." not in installation.vera.get(public).text
    assert "A root expired." in ben.get(form).text


def test_a_withdrawal_that_was_read_before_the_postmortem_changed_is_not_approved(
    installation: Installation, ben: Staff
) -> None:
    incident = explained(installation)
    form = f"/console/incidents/{incident}/postmortem"
    held = ben.send(form, {"do": "withdraw"}).headers["location"]
    ada = staff(installation, Role.ADMIN)
    seen = ada.get(held).text.partition('name="seen" value="')[2].partition('"')[0]
    with installation.writing() as ctx:
        put_postmortem(ctx, incident, NewPostmortem(english("A root is gone."), publish=True))
    answer = ada.send(f"{held}/approve", {"seen": seen})
    assert answer.status_code == 409
    assert "A root is gone." in removed_part(answer.text)


def test_an_admin_withdraws_a_postmortem_at_once(installation: Installation, ben: Staff) -> None:
    incident = explained(installation)
    ada = staff(installation, Role.ADMIN)
    form = f"/console/incidents/{incident}/postmortem"
    assert "Submit the withdrawal" not in ada.get(form).text
    answer = ada.send(form, {"do": "withdraw"})
    assert answer.headers["location"] == f"/console/incidents/{incident}"
    assert "A root expired." not in installation.vera.get(f"/en/incidents/{incident}").text


def test_the_api_says_what_a_withdrawal_takes_away(installation: Installation, ben: Staff) -> None:
    incident = explained(installation)
    path = f"/api/v1/incidents/{incident}/postmortem"
    answer = installation.ben.put(path, {"body": "A root expired.", "publish": False})
    assert answer.status_code == 202
    waits = answer.json()
    assert (waits["verb"], waits["text"]) == ("postmortem.withdraw", None)
    assert waits["preview"]["removed"] == {"en": "A root expired."}
    assert waits["preview"]["notify"] is False
    assert "A root expired." in installation.vera.get(f"/en/incidents/{incident}").text
    assert approve_by_api(installation.ada, waits["id"]).status_code == 200
    assert "A root expired." not in installation.vera.get(f"/en/incidents/{incident}").text


def test_the_api_says_whether_a_pending_text_notifies(
    installation: Installation, ben: Staff
) -> None:
    for notify in (True, False):
        new = {"title": "Slow", "body": "Slow.", "notify": notify}
        waits = installation.ben.post("/api/v1/incidents", new).json()
        assert (waits["preview"]["notify"], waits["preview"]["removed"]) == (notify, None)
