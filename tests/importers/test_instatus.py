"""Instatus: requests, refusals, and what the sample does not have."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from app.importers.instatus import read
from app.ports.importer import ItemKind, ReadOptions
from tests.importers.api_lists import Found, contents, entries, found_in, refusal
from tests.importers.samples import FIXTURES
from tests.importers.servers import Answer, Requests, instatus_api, serve

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = {"id": "p", "name": "Fjord", "language": "en"}
Lists = Mapping[str, list[Any]]


def answers(lists: Lists, *, size: int = 2) -> Any:  # noqa: ANN401  # an answerer
    """An API whose lists have at most `size` elements a page."""
    named = {"pages": [PAGE], **lists}

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        elements = named.get(path.rpartition("/")[2], [])
        start = (int(query["page"]) - 1) * size
        return 200, "application/json", json.dumps(elements[start : start + size]).encode()

    return answer


def read_lists(lists: Lists, **options: Any) -> Found:  # noqa: ANN401
    with serve(answers(lists)) as url:
        return found_in(read, url, ReadOptions(NOW, **options))


def incident(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    return {"id": "i", "name": "Down", "status": "RESOLVED", "started": "2026-11-20T08:00:00Z"} | (
        fields
    )


def test_every_page_of_a_list_is_read_also_when_the_server_cuts_the_limit() -> None:
    services = [{"id": f"c{number}", "name": f"Service {number}"} for number in range(5)]
    found = read_lists({"components": services})
    assert [each["ref"] for each in contents(found, ItemKind.SERVICE)] == [
        each["id"] for each in services
    ]


def test_each_request_of_the_sample_is_made_once() -> None:
    requests = Requests()
    with instatus_api(FIXTURES / "instatus", requests) as url:
        found_in(read, url, ReadOptions(NOW))
    assert set(requests.paths.values()) == {1}


def test_the_address_may_name_a_version_of_the_api() -> None:
    with instatus_api(FIXTURES / "instatus") as url:
        found = found_in(read, f"{url}/v2", ReadOptions(NOW))
    assert len(contents(found, ItemKind.INCIDENT)) == 3


def test_several_pages_are_named_when_none_is_chosen() -> None:
    other = {"id": "q", "name": {"default": "Other"}, "subdomain": "other"}
    lists = {"pages": [PAGE, other]}
    with serve(answers(lists)) as url:
        message = refusal(read, url, ReadOptions(NOW))
        chosen = found_in(read, url, ReadOptions(NOW, page="other"))
    assert "--page" in message
    assert "p (Fjord), q (Other)" in message
    assert contents(chosen, ItemKind.SOURCE)[0]["instance"] == "q"


def test_a_wrong_token_is_refused_without_being_shown() -> None:
    with instatus_api(FIXTURES / "instatus") as url:
        message = refusal(read, url, ReadOptions(NOW), token="wr0ng-t0ken")
    assert "FYR_IMPORT_TOKEN" in message
    assert "wr0ng-t0ken" not in message


@pytest.mark.parametrize("body", [b"{}", b'{"error": {"code": "x"}}', b"3"])
def test_what_is_no_api_of_instatus_is_refused(body: bytes) -> None:
    with serve(lambda *_: (200, "application/json", body)) as url:
        assert "Instatus" in refusal(read, url, ReadOptions(NOW))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("DEGRADEDPERFORMANCE", "degraded_performance"),
        ("PARTIALOUTAGE", "partial_outage"),
        ("MINOROUTAGE", "partial_outage"),
        ("MAJOROUTAGE", "major_outage"),
        ("degraded_performance", "degraded_performance"),
    ],
)
def test_services_of_an_open_incident_have_the_status_of_today(theirs: str, ours: str) -> None:
    raw = incident(status="IDENTIFIED", components=[{"id": "c"}])
    found = read_lists({"components": [{"id": "c", "status": theirs}], "incidents": [raw]})
    (item,) = contents(found, ItemKind.INCIDENT)
    assert item["updates"][0]["services"] == {"c": ours}


def test_an_old_incident_nobody_closed_has_ended_when_its_services_work() -> None:
    word = {"id": "u", "message": "x", "status": "MONITORING", "started": "2024-01-01T08:00:00Z"}
    raw = incident(status="MONITORING", started="2024-01-01T08:00:00Z", updates=[word])
    lists = {"components": [{"id": "c", "status": "OPERATIONAL"}], "incidents": [raw]}
    closed, kept = read_lists(lists), read_lists(lists, keep_open=True)
    assert ("fixed.stale", "i") in entries(closed)
    assert contents(closed, ItemKind.INCIDENT)[0]["updates"][-1]["status"] == "resolved"
    assert ("open.stale", "i") in entries(kept)


def test_names_that_are_objects_have_the_text_of_the_page_and_its_translations() -> None:
    name = {"default": "Payments", "sv": "Betalningar", "de": None, "not a tag": "x"}
    found = read_lists({"components": [{"id": "c", "name": name, "description": {"sv": "Kort"}}]})
    (service,) = contents(found, ItemKind.SERVICE)
    assert service["name"] == {"en": "Payments", "sv": "Betalningar"}
    assert service["description"] == {"sv": "Kort"}


def test_a_group_may_be_an_object_or_a_component() -> None:
    components = [
        {"id": "c", "name": "API", "group": {"id": "g", "name": "Core"}},
        {"id": "d", "name": "Site", "group": {"id": "h"}},
        {"id": "h", "name": "Web", "isParent": True},
    ]
    found = read_lists({"components": components})
    assert {each["ref"]: each["name"] for each in contents(found, ItemKind.GROUP)} == {
        "g": "Core",
        "h": "Web",
    }
    assert {each["ref"]: each["group"] for each in contents(found, ItemKind.SERVICE)} == {
        "c": "g",
        "d": "h",
    }


@pytest.mark.parametrize("duration", [None, 0, -5, "soon", 1e308, True, [60]])
def test_a_window_without_a_length_lasts_one_hour(duration: object) -> None:
    raw = {"id": "m", "name": "Move", "start": "2026-12-01T10:00:00Z", "duration": duration}
    found = read_lists({"maintenances": [raw]})
    assert contents(found, ItemKind.MAINTENANCE)[0]["ends_at"] == "2026-12-01T11:00:00Z"
    assert ("guessed.end", "m") in entries(found)


def test_a_window_that_began_early_and_ended_late_is_wider() -> None:
    updates = [
        {"id": "a", "message": "x", "status": "INPROGRESS", "started": "2026-11-01T09:50:00Z"},
        {"id": "b", "message": "y", "status": "COMPLETED", "started": "2026-11-01T11:10:00Z"},
    ]
    raw = {"id": "m", "name": "Move", "status": "COMPLETED", "start": "2026-11-01T10:00:00Z"}
    found = read_lists({"maintenances": [{**raw, "duration": "60", "updates": updates}]})
    (item,) = contents(found, ItemKind.MAINTENANCE)
    assert (item["starts_at"], item["ends_at"]) == ("2026-11-01T09:50:00Z", "2026-11-01T11:10:00Z")
    assert item["completed_at"] == "2026-11-01T11:10:00Z"


def test_subscribers_follow_what_is_left_of_their_services_and_never_all() -> None:
    subscribers = [
        {"id": "s1", "email": "a@example.com", "all": False, "components": ["c", "gone"]},
        {"id": "s2", "email": "b@example.com", "all": False, "components": ["gone"]},
        {"id": "s3", "email": "c@example.com", "all": False, "components": [{"id": "g"}]},
        {"id": "s4", "email": None, "slack": "https://hooks.slack.example/s", "all": True},
    ]
    components = [{"id": "g", "name": "Core"}, {"id": "c", "name": "API", "group": "g"}]
    found = read_lists({"components": components, "subscribers": subscribers})
    services = {each["ref"]: each["services"] for each in contents(found, ItemKind.SUBSCRIBER)}
    assert services == {"s1": ["c"], "s2": [], "s3": ["c"]}
    assert ("skipped.channel", "s4") in entries(found)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (incident(id=None), "id"),
        (incident(started="yesterday"), "incident i: started"),
        (incident(started=None), "incident i"),
        (incident(started="2026-11-20T08:00:00"), "--time-zone"),
    ],
)
def test_a_broken_incident_refuses_the_import_or_is_left_out(
    raw: dict[str, Any], says: str
) -> None:
    with serve(answers({"incidents": [raw]})) as url:
        assert says in refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, skip_broken=True))
    assert "skipped.broken" in {code for code, _ in entries(found)}


def test_a_service_that_is_only_a_number_is_left_out() -> None:
    found = read_lists({"incidents": [incident(components=["c9"])]})
    assert ("fixed.unknown_service", "i") in entries(found)
    assert contents(found, ItemKind.SERVICE) == []


def test_an_update_of_a_maintenance_that_lies_ahead_refuses_it() -> None:
    update = {"id": "u", "message": "x", "status": "COMPLETED", "started": "2026-12-01T11:00:00Z"}
    raw = {"id": "m", "name": "Move", "start": "2026-12-01T10:00:00Z", "updates": [update]}
    with serve(answers({"maintenances": [raw]})) as url:
        assert "maintenance m: an update" in refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, skip_broken=True))
    assert ("skipped.broken", "m") in entries(found)
