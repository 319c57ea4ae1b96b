"""What Statuspage's clients read: shapes, rules, headers, languages."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.rendering.formats import statuspage
from app.usecases.imports.document import import_document
from app.usecases.incidents.lifecycle import NewIncident, open_incident, post_update
from app.usecases.incidents.postmortems import NewPostmortem, put_postmortem
from app.usecases.public import listing as public_feeds
from app.usecases.services.services import archive_service
from tests.cast import BASE_URL, Installation
from tests.factories import english, make_incident, make_maintenance, make_service, update
from tests.web.formats.history import Chance, both
from tests.web.formats.shape import DOCUMENTS, check

DEGRADED, MAJOR = ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.MAJOR_OUTAGE


def _read(installation: Installation, name: str, **more: Any) -> Any:  # noqa: ANN401
    answer = installation.vera.get(f"/api/v2/{name}.json", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _every(installation: Installation) -> dict[str, Any]:
    with installation.reading() as ctx:
        listing = public_feeds.listing(ctx, BASE_URL)
    return {name: json.loads(statuspage.render_document(name, listing)) for name in DOCUMENTS}


@pytest.mark.parametrize("seed", range(10))
def test_every_document_is_exact_in_every_state_of_a_history(
    installation: Installation, seed: int
) -> None:
    chance = Chance(installation, seed)
    for _ in range(14):
        chance.step()
        documents = _every(installation)
        for name, document in documents.items():
            check(name, document)
        _check_agreement(documents)


def _check_agreement(documents: dict[str, Any]) -> None:
    incidents = documents["incidents"]["incidents"]
    unresolved = documents["incidents/unresolved"]["incidents"]
    upcoming = documents["scheduled-maintenances/upcoming"]["scheduled_maintenances"]
    active = documents["scheduled-maintenances/active"]["scheduled_maintenances"]
    summary = documents["summary"]
    assert [each for each in incidents if each["resolved_at"] is None] == unresolved
    started = [each["started_at"] for each in incidents]
    assert started == sorted(started, reverse=True)
    assert not {each["id"] for each in upcoming} & {each["id"] for each in active}
    assert summary["incidents"] == unresolved
    ids = {each["id"] for each in (*upcoming, *active)}
    assert {each["id"] for each in summary["scheduled_maintenances"]} == ids
    assert summary["components"] == documents["components"]["components"]
    assert summary["status"] == documents["status"]["status"]
    _check_groups(documents["components"]["components"])


def _check_groups(components: list[dict[str, Any]]) -> None:
    severity = {status.value: status.severity for status in ServiceStatus}
    by_id = {each["id"]: each for each in components}
    positions = [each["position"] for each in components]
    assert positions == sorted(positions)
    for group in (each for each in components if each["group"]):
        children = [by_id[child] for child in group["components"]]
        assert [child["position"] for child in children] == list(range(1, len(children) + 1))
        assert all(child["group_id"] == group["id"] for child in children)
        worst = max((child["status"] for child in children), key=severity.__getitem__)
        assert group["status"] == worst


def test_the_documents_are_served(installation_on_each_database: Installation) -> None:
    Chance(installation_on_each_database, 3).step()
    for name in DOCUMENTS:
        check(name, _read(installation_on_each_database, name))


def test_an_empty_page_is_operational(installation: Installation) -> None:
    summary = _read(installation, "summary")
    check("summary", summary)
    assert summary["status"] == {"indicator": "none", "description": "All Systems Operational"}


def test_only_the_fifty_newest_incidents_are_listed(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        ids = [
            make_incident(ctx, update(posted_at=ctx.now - timedelta(hours=60 - number))).incident.id
            for number in range(55)
        ]
    listed = _read(installation, "incidents")["incidents"]
    assert [each["id"] for each in listed] == ids[:4:-1]
    unresolved = _read(installation, "incidents/unresolved")["incidents"]
    assert [each["id"] for each in unresolved] == ids[::-1]


def test_only_the_fifty_newest_maintenances_are_listed(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        ids = [
            make_maintenance(ctx, starts_in=timedelta(hours=number)).maintenance.id
            for number in range(-20, 40)
        ]
    listed = _read(installation, "scheduled-maintenances")["scheduled_maintenances"]
    assert [each["id"] for each in listed] == ids[:9:-1]


def test_a_change_names_the_group_and_both_statuses(installation: Installation) -> None:
    with installation.writing() as ctx:
        service = make_service(ctx, "api", name="API", group="Web")
        alone = make_service(ctx, "mail", name="Mail")
        words = {"api": DEGRADED, "mail": DEGRADED}
        made = make_incident(ctx, update(IncidentStatus.INVESTIGATING, words))
    installation.clock.forward(minutes=5)
    with installation.writing() as ctx:
        post_update(ctx, made.incident.id, update(IncidentStatus.IDENTIFIED, {"api": MAJOR}))
    (incident,) = _read(installation, "incidents")["incidents"]
    newest, first = incident["incident_updates"]
    api = {"code": service.id, "name": "Web - API"}
    mail = {"code": alone.id, "name": "Mail"}
    assert newest["affected_components"] == [
        {**api, "old_status": "degraded_performance", "new_status": "major_outage"}
    ]
    assert first["affected_components"] == [
        {**api, "old_status": "operational", "new_status": "degraded_performance"},
        {**mail, "old_status": "operational", "new_status": "degraded_performance"},
    ]
    assert incident["impact"] == "critical"


def test_a_postmortem_is_the_status_and_the_newest_update(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        made = make_incident(ctx, update(IncidentStatus.MONITORING))
    resolved_at = installation.clock.forward(minutes=5)
    with installation.writing() as ctx:
        post_update(ctx, made.incident.id, update(IncidentStatus.RESOLVED))
    published_at = installation.clock.forward(days=1)
    with installation.writing() as ctx:
        put_postmortem(ctx, made.incident.id, NewPostmortem(english("We learned."), publish=True))
    (incident,) = _read(installation, "incidents")["incidents"]
    newest = incident["incident_updates"][0]
    assert incident["status"] == newest["status"] == "postmortem"
    assert newest["body"] == "We learned."
    assert newest["display_at"] == _stamp(published_at)
    assert incident["resolved_at"] == _stamp(resolved_at)
    assert incident["monitoring_at"] == _stamp(made.incident.started_at)
    assert _read(installation, "incidents/unresolved")["incidents"] == []


def _stamp(at: Any) -> str:  # noqa: ANN401
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def test_a_maintenance_goes_through_its_statuses(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        make_maintenance(ctx, starts_in=timedelta(hours=1))
    seen = []
    for _ in range(3):
        (window,) = _read(installation, "scheduled-maintenances")["scheduled_maintenances"]
        steps = [each["status"] for each in window["incident_updates"]]
        seen.append((window["status"], steps, _read(installation, "status")["status"]["indicator"]))
        installation.clock.forward(minutes=100)
    assert seen == [
        ("scheduled", ["scheduled"], "none"),
        ("in_progress", ["in_progress", "scheduled"], "maintenance"),
        ("completed", ["completed", "in_progress", "scheduled"], "none"),
    ]
    assert window["impact"] == "maintenance"
    assert window["scheduled_for"] == "2026-03-02T13:00:00.000Z"
    assert window["scheduled_until"] == "2026-03-02T15:00:00.000Z"


def test_history_goes_on_naming_an_archived_service(installation: Installation) -> None:
    with installation.writing() as ctx:
        service = make_service(ctx, "old")
        make_incident(ctx, update(services={"old": MAJOR}))
        archive_service(ctx, "old")
    assert _read(installation, "components")["components"] == []
    (incident,) = _read(installation, "incidents")["incidents"]
    assert [each["id"] for each in incident["components"]] == [service.id]


def test_times_have_the_pages_offset(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_incident(ctx)
        import_document(
            ctx,
            {
                "format": "fyr-import-1",
                "page": {"time_zone": "America/Chicago"},
                "services": [],
                "incidents": [],
            },
        )
    page = _read(installation, "summary")["page"]
    assert page["time_zone"] == "America/Chicago"
    assert page["updated_at"].endswith("-06:00")
    (incident,) = _read(installation, "incidents")["incidents"]
    assert incident["created_at"] == "2026-03-02T06:00:00.000-06:00"


@pytest.fixture
def bilingual(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx)
        first = update(IncidentStatus.INVESTIGATING, {"payments": MAJOR}, body="Only English.")
        open_incident(ctx, NewIncident(both("Payments fail", "Betalningar misslyckas"), first))
    return installation


def test_without_a_wish_everything_is_english_and_nothing_is_added(bilingual: Installation) -> None:
    summary = _read(bilingual, "summary")
    check("summary", summary)
    assert summary["incidents"][0]["name"] == "Payments fail"


@pytest.mark.parametrize("query", ["?locale=sv", "?lang=sv-FI"])
def test_who_names_a_language_gets_texts_and_words_in_it(
    bilingual: Installation, query: str
) -> None:
    answer = bilingual.vera.get(f"/api/v2/summary.json{query}")
    assert answer.headers["content-language"] == "sv"
    summary = answer.json()
    (incident,) = summary["incidents"]
    assert (incident["name"], incident["lang"]) == ("Betalningar misslyckas", "sv")
    (step,) = incident["incident_updates"]
    assert (step["body"], step["lang"]) == ("Only English.", "en")
    assert summary["status"]["indicator"] == "critical"
    assert summary["status"]["description"] == "Omfattande avbrott: Payments"
    assert incident["status"] == "investigating"


def test_a_browsers_language_changes_texts_but_not_the_sentence_widgets_know(
    bilingual: Installation,
) -> None:
    summary = _read(bilingual, "summary", headers={"Accept-Language": "sv"})
    assert summary["incidents"][0]["name"] == "Betalningar misslyckas"
    assert summary["incidents"][0]["lang"] == "sv"
    assert summary["status"]["description"] == "Major System Outage"


def test_any_site_may_read_it_and_caches_may_store_it(bilingual: Installation) -> None:
    answer = bilingual.vera.get("/api/v2/summary.json", headers={"Origin": "https://a.example"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "s-maxage=30" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Language, Accept-Encoding"


def test_what_a_client_has_already_is_not_sent_again(bilingual: Installation) -> None:
    known = {"If-None-Match": bilingual.vera.get("/api/v2/summary.json").headers["etag"]}
    again = bilingual.vera.get("/api/v2/summary.json", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


def test_head_has_the_tag_of_the_content_and_no_content(bilingual: Installation) -> None:
    tag = bilingual.vera.get("/api/v2/summary.json").headers["etag"]
    head = bilingual.vera.ask("HEAD", "/api/v2/summary.json")
    assert (head.content, head.headers["etag"]) == (b"", tag)


@pytest.mark.parametrize("path", ["/api/v2/summary.json", "/api/v2/anything"])
def test_a_browser_may_ask_before_it_reads(installation: Installation, path: str) -> None:
    answer = installation.vera.ask("OPTIONS", path)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", ["/api/v2/nothing.json", "/api/v2/", "/api/v2/incidents/a.json"])
def test_what_is_not_there_says_so_in_json(installation: Installation, path: str) -> None:
    answer = installation.vera.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {"error": "There is no such document."}


def test_a_shortlink_leads_to_the_page(bilingual: Installation) -> None:
    (incident,) = _read(bilingual, "incidents")["incidents"]
    assert incident["shortlink"] == f"{BASE_URL}/i/{incident['id']}"
    answer = bilingual.vera.get(incident["shortlink"])
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/incidents/{incident['id']}"
    assert bilingual.vera.get(answer.headers["location"]).status_code == 200


def test_a_shortlink_of_a_draft_leads_nowhere(installation: Installation) -> None:
    with installation.writing() as ctx:
        make_service(ctx)
        draft = make_incident(ctx, publish=False).incident.id
        window = make_maintenance(ctx).maintenance.id
    assert installation.vera.get(f"/i/{draft}").status_code == 404
    answer = installation.vera.get(f"/i/{window}")
    assert answer.headers["location"] == f"/maintenances/{window}"
