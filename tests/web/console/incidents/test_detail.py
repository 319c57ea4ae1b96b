"""The incidents, one of them with its timeline, its texts worded anew, and its postmortem."""

import re
from datetime import timedelta

import pytest

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.usecases.incidents.lifecycle import (
    NewIncident,
    NewUpdate,
    get_incident,
    open_incident,
    post_update,
)
from app.usecases.incidents.listing import list_incidents
from app.usecases.page.settings import PageChange, edit_page
from tests.cast import ADA, MONA, Installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service, update
from tests.web.console.incidents.test_updates import hidden


@pytest.fixture
def ben(installation: Installation) -> Staff:
    """Ben is an editor, there is a service, and what he sends leaves at once."""
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=0))
        make_service(ctx)
    return staff(installation, Role.EDITOR)


def both(english: str, swedish: str) -> LocalizedText:
    return LocalizedText.from_mapping({"en": english, "sv": swedish}, default="en")


def opened(installation: Installation, *, resolved: bool = False) -> str:
    """An incident in two languages; its address in the console."""
    first = NewUpdate(
        IncidentStatus.INVESTIGATING,
        both("We look.", "Vi letar."),
        {"payments": ServiceStatus.PARTIAL_OUTAGE},
    )
    with installation.writing(ADA) as ctx:
        new = NewIncident(both("Cards are refused", "Kort nekas"), first)
        made = open_incident(ctx, new).incident.id
        if resolved:
            post_update(ctx, made, update(IncidentStatus.RESOLVED, body="Over."))
    return f"/console/incidents/{made}"


def drafted(installation: Installation) -> str:
    with installation.writing(MONA) as ctx:
        made = open_incident(
            ctx,
            NewIncident(
                both("A monitor says so", "En övervakare säger det"),
                update(),
                publish=False,
                publish_at=ctx.now + timedelta(minutes=5),
                cause="a",
            ),
        )
    return f"/console/incidents/{made.incident.id}"


def test_the_list_has_filters_and_pages(installation: Installation) -> None:
    cy = staff(installation, Role.VIEWER)
    assert "No incident is open." in cy.get("/console/incidents").text
    drafted(installation)
    with installation.writing() as ctx:
        for number in range(51):
            make_incident(ctx, title=f"Number {number:02}")
    page = cy.get("/console/incidents").text
    assert "Number 50" in page
    assert "A monitor says so" not in page
    assert "A monitor says so" in cy.get("/console/incidents?state=draft").text
    older = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Number 00" in cy.get(older).text
    assert cy.get("/console/incidents?state=all&cursor=wrong").status_code == 422


def test_the_timeline_shows_every_step_and_who_did_it(
    installation: Installation, ben: Staff
) -> None:
    incident = drafted(installation)
    installation.clock.forward(minutes=1)
    ben.confirm(f"{incident}/publish")
    installation.clock.forward(minutes=1)
    ben.send(f"{incident}/take-over")
    installation.clock.forward(minutes=1)
    ben.send(f"{incident}/update", {"status": "identified", "body:en": "We know."})
    page = ben.get(incident).text
    order = ["We know.", "Taken over by staff", "Published", "We are looking into it."]
    places = [page.index(each) for each in order]
    assert places == sorted(places)
    assert page.count("<bdi>ben@example.com</bdi>") == 4
    assert "Automation (mona)" in page
    assert "<bdi>ben@example.com</bdi>" not in staff(installation, Role.VIEWER).get(incident).text


def test_a_draft_of_automation_is_released_or_dismissed(
    installation: Installation, ben: Staff
) -> None:
    first, second = drafted(installation), drafted(installation)
    page = ben.get("/console/").text
    assert page.count("Published automatically at") == 2
    assert page.count(">Dismiss<") == 2
    assert "Not published yet" in ben.get(first).text
    assert ">Dismiss</button>" in ben.get(first).text
    assert ben.confirm(f"{first}/publish").headers["location"] == first
    assert ben.confirm(f"{second}/dismiss").headers["location"] == "/console/"
    assert ben.get(second).status_code == 404
    assert ben.send(f"{first}/dismiss").status_code == 422
    assert ben.send(f"{first}/publish").status_code == 409


def test_it_is_taken_over_and_handed_back(installation: Installation, ben: Staff) -> None:
    incident = drafted(installation)
    assert "Owner: automation" in ben.get(incident).text
    assert ben.send(f"{incident}/take-over").status_code == 303
    assert "Owner: staff" in ben.get(incident).text
    assert ben.send(f"{incident}/hand-back").status_code == 303
    refused = ben.send(f"{opened(installation)}/hand-back")
    assert refused.status_code == 409
    assert "Automation did not open this incident" in refused.text


def test_another_wording_keeps_the_former_and_marks_translations(
    installation: Installation, ben: Staff
) -> None:
    incident = opened(installation)
    with installation.reading() as ctx:
        number = get_incident(ctx, incident[-12:]).incident.updates[0].id
    path = f"{incident}/updates/{number}"
    seen = hidden(ben.get(path).text, "seen")
    words = {"body:en": "We look hard.", "body:sv": "Vi letar.", "seen": seen}
    assert ben.send(path, {**words, "do": "publish"}).headers["location"] == incident
    page = ben.get(incident).text
    assert "Outdated in Swedish" in page
    assert "1 earlier text" in page
    assert "We look.</p>" in page
    form = ben.get(path).text
    assert 'class="state outdated"' in form
    seen = hidden(form, "seen")
    confirmed = {**words, "seen": seen, "still": "sv"}
    assert ben.send(path, confirmed).status_code == 303
    assert "Outdated in Swedish" not in ben.get(incident).text


def test_an_edit_that_changes_nothing_is_none(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    with installation.reading() as ctx:
        number = get_incident(ctx, incident[-12:]).incident.updates[0].id
    path = f"{incident}/updates/{number}"
    same = {"body:en": "We look.", "body:sv": "Vi letar.", "seen": ""}
    assert ben.send(path, same).headers["location"] == incident
    assert "earlier text" not in ben.get(incident).text
    refused = ben.send(path, {"body:en": "We look.", "body:sv": "", "seen": ""})
    assert "cannot be removed" in refused.text
    shown = ben.send(path, {**same, "body:en": "Other words.", "do": "preview"}).text
    assert "Other words.</p>" in shown


def test_the_second_of_two_editors_sees_what_stands_there_now(
    installation: Installation, ben: Staff
) -> None:
    incident = opened(installation)
    with installation.reading() as ctx:
        number = get_incident(ctx, incident[-12:]).incident.updates[0].id
    path = f"{incident}/updates/{number}"
    seen = hidden(ben.get(path).text, "seen")
    ben.send(path, {"body:en": "Faster.", "body:sv": "Vi letar.", "seen": seen})
    late = ben.send(path, {"body:en": "Slower.", "body:sv": "Vi letar.", "seen": seen})
    assert late.status_code == 409
    assert "Faster.</p>" in late.text
    assert "Slower.</textarea>" in late.text
    again = {"body:en": "Slower.", "body:sv": "Vi letar.", "seen": hidden(late.text, "seen")}
    assert ben.send(path, again).status_code == 303


def test_title_and_impact_are_changed(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    titles = {"title:en": "Cards are refused", "title:sv": "Kort nekas", "title:ar": "بطاقات"}
    assert 'value="derived"' in ben.get(f"{incident}/edit").text
    assert ben.send(f"{incident}/edit", {**titles, "impact": "critical"}).status_code == 303
    assert "Critical impact" in ben.get(incident).text
    assert "بطاقات" in installation.vera.get("/ar/").text
    ben.send(f"{incident}/edit", {**titles, "impact": "derived"})
    assert "Major impact" in ben.get(incident).text
    refused = ben.send(f"{incident}/edit", {**titles, "impact": "huge"})
    assert 'id="impact-problem"' in refused.text


def test_it_is_deleted_by_typing_its_title(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    assert "Title of the incident, to confirm" in ben.get(f"{incident}/delete").text
    wrong = ben.send(f"{incident}/delete", {"title": "Something else"})
    assert "This is not the title of the incident." in wrong.text
    right = ben.send(f"{incident}/delete", {"title": " cards are  refused "})
    assert right.headers["location"] == "/console/incidents"
    assert ben.get(incident).status_code == 404
    assert "Cards are refused" not in installation.vera.get("/en/").text


def test_what_is_over_can_be_opened_again(installation: Installation, ben: Staff) -> None:
    incident = opened(installation, resolved=True)
    assert f"{incident}/update?status=investigating" in ben.get(incident).text
    form = ben.get(f"{incident}/update?status=investigating").text
    assert 'value="investigating" required checked' in form
    ben.send(f"{incident}/update", {"status": "investigating", "body:en": "Again."})
    with installation.reading() as ctx:
        assert get_incident(ctx, incident[-12:]).incident.is_open


def test_a_postmortem_begins_with_what_is_known(installation: Installation, ben: Staff) -> None:
    incident = opened(installation, resolved=True)
    page = ben.get(f"{incident}/postmortem").text
    assert "## What happened" in page
    assert "## Vad som hände" not in page
    begun = ben.send(
        f"{incident}/postmortem", {"do": "begin:sv", "body:en": "Mine.", "body:sv": ""}
    )
    assert "Mine.</textarea>" in begun.text
    assert begun.text.count("## ") >= 4


_POSTMORTEM = {"body:en": "## Cause\n\nA root ended.", "seen": ""}


def test_a_postmortem_is_stored_for_staff_alone(installation: Installation, ben: Staff) -> None:
    incident = opened(installation, resolved=True)
    path, public = f"{incident}/postmortem", f"/en/incidents/{incident[-12:]}"
    ben.send(path, {**_POSTMORTEM, "do": "keep"})
    assert "A root ended." not in installation.vera.get(public).text
    assert "Only staff see this." in ben.get(path).text


def test_a_postmortem_is_published_and_withdrawn(installation: Installation, ben: Staff) -> None:
    incident = opened(installation, resolved=True)
    path, public = f"{incident}/postmortem", f"/en/incidents/{incident[-12:]}"
    ben.send(path, {**_POSTMORTEM, "do": "publish"})
    assert "A root ended." in installation.vera.get(public).text
    assert "Postmortem published" in ben.get(incident).text
    assert ben.send(path, {**_POSTMORTEM, "do": "withdraw"}).headers["location"] == incident
    assert "A root ended." not in installation.vera.get(public).text
    assert "A root ended." in ben.get(path).text


def test_a_postmortem_waits_for_the_end(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    answer = ben.send(f"{incident}/postmortem", {"body:en": "Too soon.", "do": "publish"})
    assert answer.status_code == 422
    assert "Resolve the incident first." in answer.text
    assert "Too soon.</textarea>" in answer.text


def test_now_nags_about_silence(installation: Installation, ben: Staff) -> None:
    opened(installation)
    page = ben.get("/console/").text
    assert "outage: " in page
    assert "nags" not in page
    installation.clock.forward(minutes=45)
    page = ben.get("/console/").text
    assert "Last update 45 minutes ago" in page
    assert "nags" in page
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(reminder_minutes=0))
    assert "nags" not in ben.get("/console/").text


REPLY = {"name": "Looking", "body:en": "We look at {service}.", "body:sv": ""}


def saved_reply(ben: Staff) -> str:
    """Save a reply; its address in the console."""
    assert ben.send("/console/replies/new", REPLY).headers["location"] == "/console/replies"
    (path,) = set(
        re.findall(r'href="(/console/replies/(?!new")[^"]+)"', ben.get("/console/replies").text)
    )
    return str(path)


def test_without_replies_the_list_says_so(ben: Staff) -> None:
    assert "There are no saved replies yet." in ben.get("/console/replies").text


def test_the_form_of_a_reply_explains_its_gaps(ben: Staff) -> None:
    assert "A word in braces" in ben.get("/console/replies/new").text


def test_a_saved_reply_is_listed_with_its_gaps_and_missing_languages(ben: Staff) -> None:
    saved_reply(ben)
    page = ben.get("/console/replies").text
    assert "<code>service</code>" in page
    assert "Missing in Swedish and Arabic" in page


def test_a_saved_reply_is_opened_with_its_text(ben: Staff) -> None:
    assert REPLY["body:en"] in ben.get(saved_reply(ben)).text


def test_a_reply_without_a_name_is_refused(ben: Staff) -> None:
    assert ben.send("/console/replies/new", {**REPLY, "name": ""}).status_code == 422


def test_a_second_reply_of_one_name_is_refused(ben: Staff) -> None:
    saved_reply(ben)
    assert ben.send("/console/replies/new", REPLY).status_code == 409


def test_a_reply_is_changed(ben: Staff) -> None:
    changed = {**REPLY, "name": "Looking into it", "body:sv": "Vi tittar på {service}."}
    assert ben.send(saved_reply(ben), changed).status_code == 303
    page = ben.get("/console/replies").text
    assert "Looking into it" in page
    assert "Missing in Arabic" in page


def test_a_reply_without_a_text_in_the_default_language_is_refused(ben: Staff) -> None:
    assert ben.send(saved_reply(ben), {**REPLY, "body:en": ""}).status_code == 422


def test_a_deleted_reply_is_no_longer_listed(ben: Staff) -> None:
    assert ben.send(f"{saved_reply(ben)}/delete").status_code == 303
    assert "There are no saved replies yet." in ben.get("/console/replies").text


def test_a_reader_is_offered_nothing_to_press(installation: Installation, ben: Staff) -> None:
    incident = opened(installation)
    cy = staff(installation, Role.VIEWER)
    assert "<form" in ben.get("/console/replies/new").text
    for path in ("/console/", incident, "/console/replies"):
        page = cy.get(path).text.partition("<main")[2]
        assert "<form" not in page
        assert "/update" not in page
    with installation.reading() as ctx:
        assert len(list_incidents(ctx, cursor=None, limit=5).items) == 1
