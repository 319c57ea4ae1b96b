"""What waits before visitors see it: undone, approved, refused, and told to its author."""

import pytest

from app.domain.permissions import Role
from app.usecases.incidents.lifecycle import get_incident, post_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from tests.cast import ADA, House
from tests.console import Staff, staff
from tests.factories import update
from tests.web.console.incidents.test_updates import (
    NEW,
    OUTAGE,
    at_once,
    editor,
    hidden,
    incidents,
    opened,
)


@pytest.fixture
def ben(house: House) -> Staff:
    return editor(house)


UPDATE = {
    "status": "resolved",
    "body:en": "Over too soon.",
    "services:booking": "operational",
    "posted_at": "2026-03-02T11:59",
    # Dated before the opening: the incident stays open.
    "confirm": "stays_open",
}


def pending_update(house: House, ben: Staff) -> tuple[str, str]:
    """Post an update that can be undone; the addresses of its form and of the pending text."""
    at_once(house, seconds=10)
    form = f"/console/incidents/{opened(house)}/update"
    return form, ben.send(form, UPDATE).headers["location"]


def test_a_text_that_can_be_undone_is_shown_with_the_time_that_is_left(
    house: House, ben: Staff
) -> None:
    _, held = pending_update(house, ben)
    page = ben.get(held).text
    assert ">10</span> s" in page
    assert "Over too soon." in page
    assert "On its way" in page


def test_a_text_that_can_be_undone_is_listed_for_staff_only(house: House, ben: Staff) -> None:
    pending_update(house, ben)
    assert "Over too soon." not in house.vera.get("/en/").text
    assert "Posts an update" in ben.get("/console/").text


def test_a_text_that_was_undone_is_in_its_form_again(house: House, ben: Staff) -> None:
    path, held = pending_update(house, ben)
    assert ben.send(f"{held}/withdraw").headers["location"] == path
    form = ben.get(path).text
    assert "Over too soon." in form
    assert 'value="2026-03-02T11:59"' in form


def test_a_text_is_undone_only_once(house: House, ben: Staff) -> None:
    _, held = pending_update(house, ben)
    ben.send(f"{held}/withdraw")
    assert "Undone" in ben.get(held).text
    assert ben.send(f"{held}/withdraw").status_code == 409


def test_once_it_has_left_one_is_led_to_the_incident(house: House, ben: Staff) -> None:
    at_once(house, seconds=10)
    held = ben.send(NEW, OUTAGE).headers["location"]
    house.clock.forward(seconds=11)
    assert "Leaves now" in ben.get(held).text
    with house.writing() as ctx:
        pending.publish_due(ctx)
    (made,) = incidents(house)
    assert ben.get(held).headers["location"] == f"/console/incidents/{made.incident.id}"


def test_an_incident_that_was_undone_goes_back_into_its_form(house: House, ben: Staff) -> None:
    at_once(house, seconds=10)
    held = ben.send(NEW, {**OUTAGE, "impact": "critical"}).headers["location"]
    assert ben.send(f"{held}/withdraw").headers["location"] == NEW
    form = ben.get(NEW).text
    assert "Betalningar misslyckas" in form
    assert 'value="critical" selected' in form
    assert 'value="major_outage" selected' in form


def test_somebody_else_approves_what_an_editor_writes(house: House, ben: Staff) -> None:
    with house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    assert "Send for approval" in ben.get(NEW).text
    held = ben.send(NEW, OUTAGE).headers["location"]
    page = ben.get(held).text
    assert "Somebody else has to approve it" in page
    assert "/approve" not in page
    assert "Somebody else has to approve this." in ben.send(f"{held}/approve").text
    ada = staff(house, Role.ADMIN)
    assert "Waits for a second person" in ada.get("/console/").text
    answer = ada.send(f"{held}/approve")
    (made,) = incidents(house)
    assert answer.headers["location"] == f"/console/incidents/{made.incident.id}"


def test_a_draft_is_released_as_the_second_person_read_it(house: House, ben: Staff) -> None:
    with house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    draft = ben.send(NEW, {**OUTAGE, "do": "draft"}).headers["location"]
    held = ben.send(f"{draft}/publish").headers["location"]
    ada = staff(house, Role.ADMIN)
    page = ada.get(held).text
    assert "We are <em>looking</em>." in page
    house.clock.forward(seconds=5)
    ben.send(f"{draft}/update", {"status": "identified", "body:en": "Something else."})
    answer = ada.send(f"{held}/approve", {"seen": hidden(page, "seen")})
    assert answer.status_code == 409
    assert "Something else." in answer.text
    assert "Payments fail" not in house.vera.get("/en/").text
    again = ada.send(f"{held}/approve", {"seen": hidden(answer.text, "seen")})
    assert again.status_code == 303
    assert "Something else." in house.vera.get("/en/").text


def test_what_was_refused_can_be_written_again(house: House, ben: Staff) -> None:
    with house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    held = ben.send(NEW, OUTAGE).headers["location"]
    ada = staff(house, Role.ADMIN)
    assert ada.send(f"{held}/withdraw").headers["location"] == "/console/"
    page = ben.get(held).text
    assert "Refused" in page
    assert "ada@example.com" in page
    assert ben.send(f"{held}/rewrite").headers["location"] == NEW
    assert "Payments fail" in ben.get(NEW).text


def refused(house: House, ben: Staff, remark: str) -> tuple[str, str]:
    """A text of Ben's that Ada has refused with a remark, and the form that it was typed in."""
    with house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    path = f"/console/incidents/{opened(house)}/update"
    sent = {"status": "identified", "body:en": "The bank did it.", "notify": "on"}
    held = ben.send(path, sent).headers["location"]
    ada = staff(house, Role.ADMIN)
    assert ada.send(f"{held}/withdraw", {"remark": remark}).status_code == 303
    return held, path


def test_a_remark_that_is_too_long_is_shown_again_with_its_problem(
    house: House, ben: Staff
) -> None:
    with house.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    held = ben.send(NEW, OUTAGE).headers["location"]
    ada = staff(house, Role.ADMIN)
    assert 'name="remark"' in ada.get(held).text
    answer = ada.send(f"{held}/withdraw", {"remark": "No. " * 400})
    assert answer.status_code == 422
    assert 'id="remark-problem"' in answer.text
    assert "No. No. No." in answer.text


def test_only_its_author_is_told_on_the_first_screen_that_a_text_was_refused_and_why(
    house: House, ben: Staff
) -> None:
    refused(house, ben, "We do not name <banks>.")
    assert "refused it" not in staff(house, Role.ADMIN).get("/console/").text
    now = ben.get("/console/").text
    assert "ada@example.com refused it: We do not name &lt;banks&gt;." in now
    assert "Some clients cannot connect" in now


def test_a_refused_text_that_is_written_again_leaves_the_first_screen(
    house: House, ben: Staff
) -> None:
    held, path = refused(house, ben, "We do not name banks.")
    assert ben.send(f"{held}/rewrite").headers["location"] == path
    assert "The bank did it." in ben.get(path).text
    assert "refused it" not in ben.get("/console/").text


def test_a_refused_text_is_dismissed_by_its_author_alone(house: House, ben: Staff) -> None:
    held, _ = refused(house, ben, "")
    assert "refused it and did not say why" in ben.get("/console/").text
    assert staff(house, Role.ADMIN).send(f"{held}/dismiss").status_code == 422
    assert ben.send(f"{held}/dismiss").headers["location"] == "/console/"
    assert "refused it" not in ben.get("/console/").text
    assert "The bank did it." in ben.get(held).text


def test_whether_subscribers_are_told_is_chosen_and_kept_while_it_waits(
    house: House, ben: Staff
) -> None:
    at_once(house, seconds=10)
    path = f"/console/incidents/{opened(house)}/update"
    ticked = 'name="notify" value="on" checked'
    assert ticked in ben.get(path).text
    quiet = {"status": "identified", "body:en": "Quietly."}
    ben.send(path, {**quiet, "do": "preview"})
    assert ticked not in ben.get(path).text
    held = ben.send(path, quiet).headers["location"]
    ben.send(f"{held}/withdraw")
    assert ticked not in ben.get(path).text
    held = ben.send(path, quiet).headers["location"]
    ben.send(f"{held}/approve")
    assert [each.notify for each in incidents(house)[0].incident.updates] == [False, True]


def test_title_and_impact_are_sent_as_one_and_come_back_as_one(house: House, ben: Staff) -> None:
    at_once(house, seconds=10)
    incident = opened(house)
    path = f"/console/incidents/{incident}/edit"
    sent = {"title:en": "All is lost", "impact": "critical"}
    preview = ben.send(path, {**sent, "do": "preview"}).text.partition('id="preview"')[2]
    assert "All is lost" in preview
    held = ben.send(path, sent).headers["location"]
    (before,) = incidents(house)
    assert before.impact_override is None
    assert ben.send(f"{held}/withdraw").headers["location"] == path
    form = ben.get(path).text
    assert "All is lost" in form
    assert 'value="critical" selected' in form
    ben.send(f"{ben.send(path, sent).headers['location']}/approve")
    (after,) = incidents(house)
    assert after.impact_override == "critical"
    assert "All is lost" in house.vera.get("/en/").text


def test_what_could_not_leave_says_why_and_goes_back_into_the_form(
    house: House, ben: Staff
) -> None:
    at_once(house, seconds=10)
    incident = opened(house)
    path = f"/console/incidents/{incident}/update"
    seen = hidden(ben.get(path).text, "seen")
    held = ben.send(path, {"status": "identified", "body:en": "Mine.", "seen": seen}).headers[
        "location"
    ]
    with house.writing(ADA) as ctx:
        post_update(ctx, incident, update(body="Ada was faster."))
    house.clock.forward(seconds=11)
    with house.writing() as ctx:
        pending.publish_due(ctx)
    assert "It could not leave" in ben.get("/console/").text
    assert ben.send(f"{held}/rewrite").headers["location"] == path
    assert "Mine." in ben.get(path).text
    assert "It could not leave" not in ben.get("/console/").text
    with house.reading() as ctx:
        assert len(get_incident(ctx, incident).incident.updates) == 2
