"""What waits before visitors see it: undone, approved, refused, and shown to its author."""

from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.usecases.incidents.lifecycle import get_incident, post_update
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import pending
from app.usecases.subscribers.availability import record_mail_setup
from tests.cast import ADA, Installation
from tests.console import Staff, approve, staff
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
def ben(installation: Installation) -> Staff:
    return editor(installation)


UPDATE = {
    "status": "resolved",
    "body:en": "Over too soon.",
    "services:booking": "operational",
    "posted_at": "2026-03-02T11:59",
    # Dated before the opening: the incident stays open.
    "confirm": "stays_open",
}


def pending_update(installation: Installation, ben: Staff) -> tuple[str, str]:
    """Post an update that can be undone; the addresses of its form and of the pending text."""
    at_once(installation, seconds=10)
    form = f"/console/incidents/{opened(installation)}/update"
    return form, ben.send(form, UPDATE).headers["location"]


def test_a_text_that_can_be_undone_is_shown_with_the_time_that_is_left(
    installation: Installation, ben: Staff
) -> None:
    _, held = pending_update(installation, ben)
    page = ben.get(held).text
    assert ">10</span> s" in page
    assert "Over too soon." in page
    assert "Publishing soon" in page


def test_a_text_that_can_be_undone_is_listed_for_staff_only(
    installation: Installation, ben: Staff
) -> None:
    pending_update(installation, ben)
    assert "Over too soon." not in installation.vera.get("/en/").text
    assert "Posts an update" in ben.get("/console/").text


def test_a_text_that_was_undone_is_in_its_form_again(
    installation: Installation, ben: Staff
) -> None:
    path, held = pending_update(installation, ben)
    assert ben.send(f"{held}/withdraw").headers["location"] == path
    form = ben.get(path).text
    assert "Over too soon." in form
    assert 'value="2026-03-02T11:59"' in form


def test_a_text_is_undone_only_once(installation: Installation, ben: Staff) -> None:
    _, held = pending_update(installation, ben)
    ben.send(f"{held}/withdraw")
    assert "Withdrawn" in ben.get(held).text
    assert ben.send(f"{held}/withdraw").status_code == 409


def test_once_it_has_left_one_is_led_to_the_incident(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    held = ben.send(NEW, OUTAGE).headers["location"]
    installation.clock.forward(seconds=11)
    assert "Publishing now" in ben.get(held).text
    with installation.writing() as ctx:
        pending.publish_due(ctx)
    (made,) = incidents(installation)
    assert ben.get(held).headers["location"] == f"/console/incidents/{made.incident.id}"


def test_an_incident_that_was_undone_goes_back_into_its_form(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    held = ben.send(NEW, {**OUTAGE, "impact": "critical"}).headers["location"]
    assert ben.send(f"{held}/withdraw").headers["location"] == NEW
    form = ben.get(NEW).text
    assert "Betalningar misslyckas" in form
    assert 'value="critical" selected' in form
    assert 'value="major_outage" selected' in form


def test_somebody_else_approves_what_an_editor_writes(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    assert "Submit for approval" in ben.get(NEW).text
    held = ben.send(NEW, OUTAGE).headers["location"]
    page = ben.get(held).text
    assert "Another person has to approve the text" in page
    assert "/approve" not in page
    assert "Another person has to approve this text." in approve(ben, held).text
    ada = staff(installation, Role.ADMIN)
    assert "Needs approval by a second person" in ada.get("/console/").text
    answer = approve(ada, held)
    (made,) = incidents(installation)
    assert answer.headers["location"] == f"/console/incidents/{made.incident.id}"


def test_a_promise_in_minutes_counts_from_the_publication_and_is_no_change(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    held = ben.send(NEW, {**OUTAGE, "next_update_at": "15"}).headers["location"]
    page = ben.get(held).text
    installation.clock.forward(seconds=5)
    answer = ben.send(f"{held}/approve", {"seen": hidden(page, "seen")})
    assert answer.status_code == 303
    (made,) = incidents(installation)
    first = made.incident.updates[0]
    assert first.next_update_at == first.posted_at + timedelta(minutes=15)


def test_a_draft_is_released_as_the_second_person_read_it(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    draft = ben.send(NEW, {**OUTAGE, "do": "draft"}).headers["location"]
    held = ben.send(f"{draft}/publish").headers["location"]
    ada = staff(installation, Role.ADMIN)
    page = ada.get(held).text
    assert "We are <em>looking</em>." in page
    installation.clock.forward(seconds=5)
    ben.send(f"{draft}/update", {"status": "identified", "body:en": "Something else."})
    answer = ada.send(f"{held}/approve", {"seen": hidden(page, "seen")})
    assert answer.status_code == 409
    assert "Something else." in answer.text
    assert "Payments fail" not in installation.vera.get("/en/").text
    again = ada.send(f"{held}/approve", {"seen": hidden(answer.text, "seen")})
    assert again.status_code == 303
    assert "Something else." in installation.vera.get("/en/").text


def test_what_was_refused_can_be_written_again(installation: Installation, ben: Staff) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    held = ben.send(NEW, OUTAGE).headers["location"]
    ada = staff(installation, Role.ADMIN)
    assert ada.send(f"{held}/withdraw").headers["location"] == "/console/"
    page = ben.get(held).text
    assert "Refused" in page
    assert "ada@example.com" in page
    assert ben.send(f"{held}/rewrite").headers["location"] == NEW
    assert "Payments fail" in ben.get(NEW).text


def refused(installation: Installation, ben: Staff, remark: str) -> tuple[str, str]:
    """A text of Ben's that Ada has refused with a remark, and the form that it was typed in."""
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    path = f"/console/incidents/{opened(installation)}/update"
    sent = {"status": "identified", "body:en": "The bank did it.", "notify": "on"}
    held = ben.send(path, sent).headers["location"]
    ada = staff(installation, Role.ADMIN)
    assert ada.send(f"{held}/withdraw", {"remark": remark}).status_code == 303
    return held, path


def test_a_remark_that_is_too_long_is_shown_again_with_its_problem(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    held = ben.send(NEW, OUTAGE).headers["location"]
    ada = staff(installation, Role.ADMIN)
    assert 'name="remark"' in ada.get(held).text
    answer = ada.send(f"{held}/withdraw", {"remark": "No. " * 400})
    assert answer.status_code == 422
    assert 'id="remark-problem"' in answer.text
    assert "No. No. No." in answer.text


def test_only_its_author_sees_on_the_first_screen_that_a_text_was_refused_and_why(
    installation: Installation, ben: Staff
) -> None:
    refused(installation, ben, "We do not name <banks>.")
    assert "refused it" not in staff(installation, Role.ADMIN).get("/console/").text
    now = ben.get("/console/").text
    assert "ada@example.com refused it: We do not name &lt;banks&gt;." in now
    assert "Some clients cannot connect" in now


def test_a_refused_text_that_is_written_again_leaves_the_first_screen(
    installation: Installation, ben: Staff
) -> None:
    held, path = refused(installation, ben, "We do not name banks.")
    assert ben.send(f"{held}/rewrite").headers["location"] == path
    assert "The bank did it." in ben.get(path).text
    assert "refused it" not in ben.get("/console/").text


def test_a_refused_text_is_dismissed_by_its_author_alone(
    installation: Installation, ben: Staff
) -> None:
    held, _ = refused(installation, ben, "")
    assert "refused it without a reason" in ben.get("/console/").text
    assert staff(installation, Role.ADMIN).send(f"{held}/dismiss").status_code == 422
    assert ben.send(f"{held}/dismiss").headers["location"] == "/console/"
    assert "refused it" not in ben.get("/console/").text
    assert "The bank did it." in ben.get(held).text


def test_whether_subscribers_are_notified_is_chosen_and_stored_while_it_waits(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    with installation.writing() as ctx:
        record_mail_setup(ctx, is_set_up=True)
    path = f"/console/incidents/{opened(installation)}/update"
    ticked = 'name="notify" value="on" checked'
    assert ticked in ben.get(path).text
    quiet = {"status": "identified", "body:en": "Quietly."}
    ben.send(path, {**quiet, "do": "preview"})
    assert ticked not in ben.get(path).text
    held = ben.send(path, quiet).headers["location"]
    ben.send(f"{held}/withdraw")
    assert ticked not in ben.get(path).text
    held = ben.send(path, quiet).headers["location"]
    approve(ben, held)
    assert [each.notify for each in incidents(installation)[0].incident.updates] == [False, True]


def test_title_and_impact_are_sent_as_one_and_come_back_as_one(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    incident = opened(installation)
    path = f"/console/incidents/{incident}/edit"
    sent = {"title:en": "All is lost", "impact": "critical"}
    preview = ben.send(path, {**sent, "do": "preview"}).text.partition('id="preview"')[2]
    assert "All is lost" in preview
    held = ben.send(path, sent).headers["location"]
    (before,) = incidents(installation)
    assert before.impact_override is None
    assert ben.send(f"{held}/withdraw").headers["location"] == path
    form = ben.get(path).text
    assert "All is lost" in form
    assert 'value="critical" selected' in form
    approve(ben, ben.send(path, sent).headers["location"])
    (after,) = incidents(installation)
    assert after.impact_override == "critical"
    assert "All is lost" in installation.vera.get("/en/").text


def test_what_could_not_leave_says_why_and_goes_back_into_the_form(
    installation: Installation, ben: Staff
) -> None:
    at_once(installation, seconds=10)
    incident = opened(installation)
    path = f"/console/incidents/{incident}/update"
    seen = hidden(ben.get(path).text, "seen")
    held = ben.send(path, {"status": "identified", "body:en": "Mine.", "seen": seen}).headers[
        "location"
    ]
    with installation.writing(ADA) as ctx:
        post_update(ctx, incident, update(body="Ada was faster."))
    installation.clock.forward(seconds=11)
    with installation.writing() as ctx:
        pending.publish_due(ctx)
    assert "Could not be published" in ben.get("/console/").text
    assert ben.send(f"{held}/rewrite").headers["location"] == path
    assert "Mine." in ben.get(path).text
    assert "Could not be published" not in ben.get("/console/").text
    with installation.reading() as ctx:
        assert len(get_incident(ctx, incident).incident.updates) == 2
