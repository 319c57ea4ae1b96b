from typing import Any

import pytest

from app.domain.ownership import ActorKind
from app.domain.statuses import IncidentStatus, ServiceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import Phrase, Phrased
from app.usecases.context import Actor
from app.usecases.incidents.lifecycle import NewIncident, NewUpdate, open_incident
from tests.cast import BASE_URL, Installation
from tests.factories import make_service

PROBE = Actor(ActorKind.PROBE, "probe")
NEW: dict[str, Any] = {
    "title": "Some clients cannot connect",
    "body": {"en": "We are looking into it.", "sv": "Vi undersöker saken."},
    "services": [{"service": "payments", "status": "partial_outage"}],
}


@pytest.fixture
def installation(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "search")
    return installation


@pytest.fixture
def sqlite_installation(sqlite_installation: Installation) -> Installation:
    with sqlite_installation.writing() as ctx:
        make_service(ctx, "payments")
    return sqlite_installation


def opened(installation: Installation, **more: object) -> dict[str, Any]:
    answer = installation.ben.post("/api/v1/incidents", {**NEW, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_incident_is_opened_with_its_first_update(installation: Installation) -> None:
    (update,) = opened(installation)["updates"]
    assert update["body"] == {"en": "We are looking into it.", "sv": "Vi undersöker saken."}
    assert update["services"] == [{"service": "payments", "status": "partial_outage"}]


def test_an_opened_incident_is_described_by_its_first_update(installation: Installation) -> None:
    incident = opened(installation)
    expected = {
        "url": f"{BASE_URL}/incidents/{incident['id']}",
        "title": {"en": "Some clients cannot connect"},
        "status": "investigating",
        "impact": "major",
        "owner": "staff",
        "started_at": "2026-03-02T12:00:00Z",
        "published_at": "2026-03-02T12:00:00Z",
        "resolved_at": None,
        "services": [{"service": "payments", "status": "partial_outage"}],
        "postmortem": None,
    }
    assert {name: incident[name] for name in expected} == expected


def test_an_opened_incident_is_read_as_it_was_answered(installation: Installation) -> None:
    incident = opened(installation)
    assert installation.cy.get(f"/api/v1/incidents/{incident['id']}").json() == incident


def test_an_incident_that_is_not_published_is_a_draft_until_it_is(
    installation: Installation,
) -> None:
    draft = opened(installation, publish=False)
    assert draft["published_at"] is None
    published = installation.ben.post(f"/api/v1/incidents/{draft['id']}/publish")
    assert published.json()["published_at"] == "2026-03-02T12:00:00Z"
    again = installation.ben.post(f"/api/v1/incidents/{draft['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "already_published")


def test_incidents_are_listed_newest_first_page_by_page(installation: Installation) -> None:
    ids = [opened(installation)["id"] for _ in range(5)]
    seen, path = [], "/api/v1/incidents?limit=2"
    while path:
        listing = installation.cy.get(path).json()
        seen += [incident["id"] for incident in listing["items"]]
        path = listing["next"] and f"/api/v1/incidents?limit=2&cursor={listing['next']}"
    assert seen == ids[::-1]


def test_open_incidents_are_listed_alone_when_asked(installation: Installation) -> None:
    done, still = opened(installation)["id"], opened(installation)["id"]
    installation.ben.post(
        f"/api/v1/incidents/{done}/updates", {"status": "resolved", "body": "Done."}
    )
    listing = installation.cy.get("/api/v1/incidents?status=open").json()
    assert [incident["id"] for incident in listing["items"]] == [still]


def test_only_open_can_be_asked_for(sqlite_installation: Installation) -> None:
    assert sqlite_installation.cy.get("/api/v1/incidents?status=closed").status_code == 422


def test_an_impact_is_overridden_and_derived_again(installation: Installation) -> None:
    path = f"/api/v1/incidents/{opened(installation)['id']}"
    assert installation.ben.patch(path, {"impact": "critical"}).json()["impact"] == "critical"
    assert installation.ben.patch(path, {"title": "Worse"}).json()["impact"] == "critical"
    assert installation.ben.patch(path, {"impact": None}).json()["impact"] == "major"


def test_a_deleted_incident_is_gone_for_everybody(installation: Installation) -> None:
    path = f"/api/v1/incidents/{opened(installation)['id']}"
    assert installation.ben.delete(path).status_code == 204
    assert installation.ada.get(path).json()["code"] == "incident_not_found"
    assert installation.ada.get("/api/v1/incidents").json()["items"] == []
    assert installation.ben.delete(path).status_code == 404


def test_an_unknown_service_is_refused_and_nothing_is_opened(installation: Installation) -> None:
    wrong = [{"service": "nowhere", "status": "major_outage"}]
    refused = installation.ben.post("/api/v1/incidents", {**NEW, "services": wrong})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_service")
    assert installation.cy.get("/api/v1/incidents").json()["items"] == []


def test_a_service_is_named_once(sqlite_installation: Installation) -> None:
    twice = [
        {"service": "payments", "status": status} for status in ("operational", "major_outage")
    ]
    refused = sqlite_installation.ben.post("/api/v1/incidents", {**NEW, "services": twice})
    assert refused.json()["code"] == "service_twice"


def test_it_may_have_begun_before_but_not_in_the_future(sqlite_installation: Installation) -> None:
    incident = opened(sqlite_installation, started_at="2026-03-02T13:00:00+02:00")
    assert incident["started_at"] == "2026-03-02T11:00:00Z"
    later = {**NEW, "started_at": "2026-03-02T12:30:00Z"}
    assert (
        sqlite_installation.ben.post("/api/v1/incidents", later).json()["code"] == "time_in_future"
    )


def automatic(installation: Installation) -> str:
    """The id of an incident that a probe opened."""
    with installation.writing(PROBE) as ctx:
        body = Phrased.of(
            Phrase.of("why.expired", subject="R3", host="pay.example.com", date=ctx.now)
        )
        first = NewUpdate(
            IncidentStatus.IDENTIFIED, body, {"payments": ServiceStatus.PARTIAL_OUTAGE}
        )
        title = Phrased.of(
            Phrase.of("title.certificate.all", services=(LocalizedText.of("Payments", "en"),))
        )
        found = open_incident(ctx, NewIncident(title, first, cause="certificate:1"))
    return found.incident.id


def test_what_automation_said_is_worded_and_listed_by_its_codes(installation: Installation) -> None:
    found = installation.cy.get(f"/api/v1/incidents/{automatic(installation)}").json()
    assert list(found["title"]) == ["en"]
    assert found["title"]["en"].startswith("Secure connections fail: ")
    assert found["title_phrases"] == ["title.certificate.all"]
    assert found["updates"][0]["body_phrases"] == ["why.expired"]
    assert (found["automatic"], found["owner"]) == (True, "automation")


def test_an_incident_is_taken_over_and_handed_back(installation: Installation) -> None:
    path = f"/api/v1/incidents/{automatic(installation)}"
    assert installation.ben.post(f"{path}/take-over").json()["owner"] == "staff"
    assert installation.ben.post(f"{path}/hand-back").json()["owner"] == "automation"


def test_only_what_automation_opened_is_handed_back(installation: Installation) -> None:
    refused = installation.ben.post(f"/api/v1/incidents/{opened(installation)['id']}/hand-back")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_automatic")
