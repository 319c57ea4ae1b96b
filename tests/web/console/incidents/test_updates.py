"""Opening an incident and posting an update, as somebody with a phone and no script does it."""

import re

import pytest
from sqlalchemy import event

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.incidents.lifecycle import post_update
from app.usecases.incidents.listing import list_incidents
from app.usecases.incidents.records import StaffIncident
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication import form_drafts
from app.usecases.publication.saved_replies import add_reply
from tests.cast import ADA, BEN, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service, update

NEW = "/console/incidents/new"
OUTAGE = {
    "status": "investigating",
    "title:en": "Payments fail",
    "title:sv": "Betalningar misslyckas",
    "body:en": "We are *looking*.",
    "body:sv": "",
    "services:payments": "major_outage",
    "posted_at": "",
    "seen": "",
}


@pytest.fixture
def ben(installation: Installation) -> Staff:
    return editor(installation)


def editor(installation: Installation) -> Staff:
    """Ben is an editor; there are services, and no moment to undo."""
    at_once(installation)
    with installation.writing() as ctx:
        make_service(ctx)
        make_service(ctx, "booking")
    return staff(installation, Role.EDITOR)


def at_once(installation: Installation, *, seconds: int = 0) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=seconds))


def incidents(installation: Installation) -> tuple[StaffIncident, ...]:
    with installation.reading() as ctx:
        return list_incidents(ctx, cursor=None, limit=10).items


def opened(installation: Installation) -> str:
    affected = {"payments": ServiceStatus.PARTIAL_OUTAGE}
    with installation.writing() as ctx:
        return make_incident(ctx, update(services=affected)).incident.id


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_an_incident_is_opened_in_two_languages(installation: Installation, ben: Staff) -> None:
    assert "Open an incident" in ben.get(NEW).text
    answer = ben.send(NEW, OUTAGE)
    (made,) = incidents(installation)
    assert answer.headers["location"] == f"/console/incidents/{made.incident.id}"
    assert isinstance(made.incident.title, LocalizedText)
    assert dict(made.incident.title) == {
        "en": "Payments fail",
        "sv": "Betalningar misslyckas",
    }
    assert [each.status for each in made.incident.services] == [ServiceStatus.MAJOR_OUTAGE]
    assert "Betalningar misslyckas" in installation.vera.get("/sv/").text


def test_the_form_reads_the_services_once(installation: Installation, ben: Staff) -> None:
    statements: list[str] = []
    engine = installation.database._engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert ben.get("/console/incidents/new").status_code == 200
    assert sum("FROM service \n" in each for each in statements) == 1


def test_a_draft_is_seen_by_staff_alone(installation: Installation, ben: Staff) -> None:
    ben.send(NEW, {**OUTAGE, "do": "draft"})
    (made,) = incidents(installation)
    assert made.published_at is None
    assert "Payments fail" not in installation.vera.get("/en/").text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    installation: Installation, ben: Staff
) -> None:
    answer = ben.send(NEW, {**OUTAGE, "title:en": "", "title:sv": "", "posted_at": "soon"})
    assert answer.status_code == 422
    assert 'id="title-problem"' in answer.text
    assert "We are *looking*." in answer.text
    wrong = {"posted_at": "soon", "services:payments": "on fire", "status": "over"}
    for name, value in wrong.items():
        answer = ben.send(NEW, {**OUTAGE, name: value})
        assert answer.status_code == 422, name
        assert f'id="{name.partition(":")[0]}-problem"' in answer.text, name
    assert incidents(installation) == ()


def test_a_time_is_that_of_the_page(installation: Installation, ben: Staff) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(time_zone="Europe/Stockholm"))
    ben.send(NEW, {**OUTAGE, "posted_at": "2026-03-02T12:30"})
    assert incidents(installation)[0].incident.started_at.isoformat() == "2026-03-02T11:30:00+00:00"


def test_an_update_is_shown_in_every_language_before_anybody_sees_it(
    installation: Installation, ben: Staff
) -> None:
    path = f"/console/incidents/{opened(installation)}/update"
    seen = hidden(ben.get(path).text, "seen")
    sent = {"do": "preview", "status": "identified", "body:en": "A **line** is down.", "seen": seen}
    page = ben.send(path, sent).text
    preview = page[page.index('id="preview"') : page.index('id="draft-status"')]
    assert '<div lang="sv" dir="ltr">' in preview
    assert '<div lang="ar" dir="rtl">' in preview
    assert preview.count("<strong>line</strong>") == 3
    assert "Identifierad" in preview or "Bedömd" in preview
    assert " id=" not in preview.partition("<article")[2]
    assert "A **line** is down." in page
    assert incidents(installation)[0].incident.status is IncidentStatus.INVESTIGATING


def test_what_is_typed_stays_until_it_is_sent(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    path = f"/console/incidents/{incident}/update"
    ben.send(path, {"do": "preview", "status": "identified", "body:sv": "En linje är bruten."})
    again = ben.get(path).text
    assert "En linje är bruten." in again
    assert "Saved as a draft" in again
    assert 'value="identified" required checked' in again
    ben.send(path, {"do": "publish", "status": "identified", "body:sv": "En linje är bruten."})
    assert "En linje är bruten." not in ben.get(path).text.partition("<form class")[2]
    with installation.reading(BEN) as ctx:
        assert form_drafts.read_draft(ctx, f"incident/{incident}/update") is None


def test_what_is_typed_can_be_thrown_away(installation: Installation, ben: Staff) -> None:
    path = f"/console/incidents/{opened(installation)}/update"
    ben.send(path, {"do": "preview", "status": "identified", "body:en": "Never mind."})
    assert ben.send(path, {"do": "forget"}).headers["location"] == path
    assert "Never mind." not in ben.get(path).text


def test_services_that_are_not_touched_stay_as_they_were(
    installation: Installation, ben: Staff
) -> None:
    incident = opened(installation)
    path = f"/console/incidents/{incident}/update"
    page = ben.get(path).text
    assert "Unchanged: Partial outage" in page
    fields = {"services:payments": "", "services:booking": "degraded_performance"}
    ben.send(path, {"status": "identified", "body:en": "More.", **fields})
    statuses = {each.slug: each.status for each in incidents(installation)[0].incident.services}
    assert statuses == {
        "payments": ServiceStatus.PARTIAL_OUTAGE,
        "booking": ServiceStatus.DEGRADED_PERFORMANCE,
    }
    ben.send(path, {"status": "resolved", "body:en": "Over.", "services:payments": ""})
    assert {e.status for e in incidents(installation)[0].incident.services} == {
        ServiceStatus.OPERATIONAL
    }


def test_the_second_of_two_gets_a_conflict_sees_the_first_and_keeps_the_text(
    installation: Installation, ben: Staff
) -> None:
    incident = opened(installation)
    path = f"/console/incidents/{incident}/update"
    seen = hidden(ben.get(path).text, "seen")
    with installation.writing(ADA) as ctx:
        post_update(ctx, incident, update(body="Ada was faster."))
    answer = ben.send(path, {"status": "identified", "body:en": "Ben's own words.", "seen": seen})
    assert answer.status_code == 409
    assert "Another user has changed this since you opened the form." in answer.text
    assert "Ada was faster." in answer.text
    assert "Ben&#39;s own words." in answer.text
    now = hidden(answer.text, "seen")
    again = ben.send(path, {"status": "identified", "body:en": "Ben's own words.", "seen": now})
    assert again.status_code == 303
    assert len(incidents(installation)[0].incident.updates) == 3


def test_a_saved_reply_is_put_into_the_text_with_its_gaps_filled(
    installation: Installation, ben: Staff
) -> None:
    texts = {"en": "Trouble with {service}.", "sv": "Problem med {service}."}
    with installation.writing() as ctx:
        reply = add_reply(ctx, "Trouble", LocalizedText.from_mapping(texts, default="en"))
        plain = add_reply(ctx, "Thanks", LocalizedText.of("Thank you.", "en"))
    typed = {**OUTAGE, "body:en": "Hello.", "reply": reply.id}
    page = ben.send(NEW, {**typed, "do": "reply"}).text
    assert 'name="gap:service"' in page
    page = ben.send(NEW, {**typed, "do": "insert", "gap:service": "tills"}).text
    assert ">\nHello.\n\nTrouble with tills.</textarea>" in page
    assert ">\nProblem med tills.</textarea>" in page
    page = ben.send(NEW, {**typed, "do": "reply", "reply": plain.id}).text
    assert ">\nHello.\n\nThank you.</textarea>" in page
    assert (
        "Thank you"
        not in ben.send(NEW, {**typed, "do": "insert", "reply": "zz"}).text.split("<select")[0]
    )
