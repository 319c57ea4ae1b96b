from typing import Any

import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from tests.cast import Installation
from tests.factories import make_incident, make_service, update

IDENTIFIED = {"status": "identified", "body": "A root expired."}


@pytest.fixture
def path(installation: Installation) -> str:
    """The updates of an incident on `payments`."""
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        first = update(services={"payments": ServiceStatus.MAJOR_OUTAGE})
        incident = make_incident(ctx, first).incident.id
    return f"/api/v1/incidents/{incident}/updates"


def statuses(incident: dict[str, Any]) -> list[str]:
    return [each["status"] for each in incident["updates"]]


def test_an_update_stands_on_top(installation: Installation, path: str) -> None:
    installation.clock.forward(minutes=5)
    posted = installation.ben.post(path, IDENTIFIED)
    assert posted.status_code == 201
    assert posted.json()["status"] == "identified"
    assert statuses(posted.json()) == ["identified", "investigating"]
    assert posted.json()["services"] == [{"service": "payments", "status": "major_outage"}]


def test_a_back_dated_update_takes_its_place_and_not_the_status(
    installation: Installation, path: str
) -> None:
    installation.clock.forward(hours=1)
    installation.ben.post(path, {"status": "monitoring", "body": "Renewed."})
    late = {**IDENTIFIED, "posted_at": "2026-03-02T12:20:00Z"}
    incident = installation.ben.post(path, late).json()
    assert statuses(incident) == ["monitoring", "identified", "investigating"]
    assert incident["status"] == "monitoring"


def test_resolving_repairs_every_service_and_reopening_leaves_the_steps(
    installation: Installation, path: str
) -> None:
    installation.clock.forward(minutes=5)
    resolved = installation.ben.post(path, {"status": "resolved", "body": "It works."}).json()
    assert resolved["services"] == [{"service": "payments", "status": "operational"}]
    assert resolved["resolved_at"] == "2026-03-02T12:05:00Z"
    installation.clock.forward(minutes=5)
    words = [{"service": "payments", "status": "degraded_performance"}]
    again = installation.ben.post(path, {**IDENTIFIED, "services": words}).json()
    assert again["resolved_at"] is None
    assert statuses(again) == ["identified", "resolved", "investigating"]


def test_a_better_wording_says_when_it_was_edited(installation: Installation, path: str) -> None:
    incident = installation.ben.post(path, IDENTIFIED).json()
    edited = incident["updates"][0]["id"]
    installation.clock.forward(minutes=30)
    changed = installation.ben.patch(f"{path}/{edited}", {"body": "An old root expired."}).json()
    (update,) = [each for each in changed["updates"] if each["id"] == edited]
    assert update["body"] == {"en": "An old root expired."}
    assert update["edited_at"] == "2026-03-02T12:30:00Z"
    assert update["posted_at"] == "2026-03-02T12:00:00Z"


def test_a_translation_joins_what_is_there(installation: Installation, path: str) -> None:
    edited = installation.ben.post(path, IDENTIFIED).json()["updates"][0]["id"]
    body = {"body": {"sv": "Ett rotcertifikat gick ut."}}
    changed = installation.ben.patch(f"{path}/{edited}", body).json()
    (update,) = [each for each in changed["updates"] if each["id"] == edited]
    assert update["body"] == {"en": "A root expired.", "sv": "Ett rotcertifikat gick ut."}


def test_an_update_of_another_incident_is_not_found(installation: Installation, path: str) -> None:
    with installation.writing() as ctx:
        other = make_incident(ctx, update(IncidentStatus.IDENTIFIED)).incident.updates[0].id
    refused = installation.ben.patch(f"{path}/{other}", {"body": "x"})
    assert (refused.status_code, refused.json()["code"]) == (404, "update_not_found")


def test_an_update_without_a_status_is_refused(installation: Installation, path: str) -> None:
    refused = installation.ben.post(path, {"body": "Hm."}).json()
    assert refused["errors"] == [
        {"field": "status", "code": "missing", "message": "This field is required."}
    ]
