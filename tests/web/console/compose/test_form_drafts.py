"""Whatever is wrong stands beside its field, and nothing that was typed is lost, form by form."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.permissions import Role
from app.domain.statuses import IncidentStatus
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.publication.saved_replies import add_reply
from tests.cast import ADA, Installation
from tests.console import send, staff
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.web.console.incidents.test_updates import hidden

TYPED = "What I <typed> & meant"
WINDOW = {"starts_at": "2026-03-15T02:00", "ends_at": "2026-03-15T04:00", "services": "payments"}
EMPTIED = {"body:en": "", "body:sv": TYPED, "seen": ""}


@dataclass
class Sent:
    """A form with something wrong in it; `beside` is the field at which that is to be reported."""

    path: str
    beside: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: str = TYPED


def forms(installation: Installation) -> Iterator[Sent]:
    """Each form of incidents, maintenances, replies and what waits."""
    with installation.writing() as ctx:
        make_service(ctx)
    yield from incidents(installation)
    yield from maintenances(installation)
    yield from replies(installation)
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(four_eyes=True))
    waits = installation.ben.post(
        "/api/v1/incidents", {"title": "Down", "body": "We look."}
    ).json()["id"]
    remark = {"remark": TYPED + " no" * 400}
    yield Sent(f"/console/pending-texts/{waits}/withdraw", "remark", remark)


def incidents(installation: Installation) -> Iterator[Sent]:
    with installation.writing() as ctx:
        incident = make_incident(ctx).incident
        over = make_incident(ctx, update(IncidentStatus.RESOLVED)).incident.id
    one = f"/console/incidents/{incident.id}"
    new = {"status": "identified", "title:en": "Down", "body:en": TYPED}
    yield Sent("/console/incidents/new", "title", {**new, "title:en": ""})
    yield Sent("/console/incidents/new", "body", {**new, "title:en": TYPED, "body:en": ""})
    yield Sent("/console/incidents/new", "impact", {**new, "impact": "bad"})
    yield Sent(f"{one}/update", "status", {**new, "status": "over"})
    yield Sent(f"{one}/update", "posted_at", {**new, "posted_at": "2027-01-01T00:00"})
    yield Sent(f"{one}/update", "services", {**new, "services:gone": "major_outage"})
    yield Sent(f"{one}/updates/{incident.updates[0].id}", "body", EMPTIED)
    yield Sent(f"{one}/edit", "title", {"title:en": "", "title:sv": TYPED, "impact": "derived"})
    yield Sent(f"{one}/edit", "impact", {"title:en": TYPED, "impact": "bad"})
    yield Sent(f"{one}/delete", "title", {"title": TYPED})
    yield Sent(f"/console/incidents/{over}/postmortem", "body", {"body:en": TYPED + "\x07"})


def maintenances(installation: Installation) -> Iterator[Sent]:
    with installation.writing() as ctx:
        planned = make_maintenance(ctx).id
    words = {"status": "scheduled", "body": "As planned."}
    answered = installation.ada.post(f"/api/v1/maintenances/{planned}/updates", words).json()
    one, number = f"/console/maintenances/{planned}", answered["current"]["updates"][0]["id"]
    new = {"title:en": "Cables", "body:en": TYPED, **WINDOW}
    yield Sent("/console/maintenances/new", "title", {**new, "title:en": ""})
    yield Sent("/console/maintenances/new", "services", {**new, "services": "gone"})
    yield Sent("/console/maintenances/new", "ends_at", {**new, "ends_at": "2026-03-15T01:00"})
    yield Sent(f"{one}/edit", "body", {**new, "body:en": "", "body:sv": TYPED})
    yield Sent(f"{one}/edit", "starts_at", {**new, "starts_at": "soon"})
    yield Sent(f"{one}/update", "status", {"status": "verifying", "body:en": TYPED})
    yield Sent(f"{one}/updates/{number}", "body", EMPTIED)
    moved = {"starts_at": "2026-03-15T05:00", "ends_at": "2026-03-15T01:00"}
    yield Sent(f"{one}/move", "ends_at", moved, typed="2026-03-15T05:00")


def replies(installation: Installation) -> Iterator[Sent]:
    with installation.writing() as ctx:
        add_reply(ctx, "Taken", english("Hello."))
        other = add_reply(ctx, "Other", english("Hello.")).id
    yield Sent("/console/replies/new", "name", {"name": "Taken", "body:en": TYPED})
    yield Sent("/console/replies/new", "body", {"name": TYPED, "body:en": ""})
    yield Sent(f"/console/replies/{other}", "name", {"name": "Taken", "body:en": TYPED})


def test_what_is_wrong_is_shown_at_the_field_and_what_was_typed_stands_there(
    installation: Installation,
) -> None:
    ada = staff(installation, Role.ADMIN)
    for each in forms(installation):
        answer = ada.send(each.path, each.fields)
        assert answer.status_code in {409, 422}, each
        assert f'id="{each.beside}-problem"' in answer.text, each
        assert each.typed in html.unescape(answer.text), each


def test_what_was_typed_when_the_session_was_over_is_carried_through_signing_in(
    installation: Installation,
) -> None:
    for each in forms(installation):
        answer = send(installation.vera, each.path, each.fields)
        assert answer.status_code == 401, each
        path, fields = json.loads(html.unescape(hidden(answer.text, "carried")))
        assert (path, dict(fields)) == (each.path, each.fields)
