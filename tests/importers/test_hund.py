"""Hund: requests, refusals, and what the sample does not have."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from app.importers.hund import read
from app.ports.importer import ItemKind, ReadOptions
from tests.importers.api_lists import Found, contents, entries, found_in, refusal
from tests.importers.samples import FIXTURES
from tests.importers.servers import Answer, Requests, hund_api, serve

NOW = datetime(2025, 12, 1, tzinfo=UTC)
# 2025-11-20T08:00:00Z
BEGAN = 1763625600
HOUR = 3600
COMPONENTS = [{"id": "c", "name": "Payments"}, {"id": "d", "name": "Login"}]
Lists = Mapping[str, list[Any]]


def paged(elements: list[Any], *, has_more: bool = False) -> dict[str, Any]:
    return {"type": "paged_array", "data": elements, "has_more": has_more}


def answers(lists: Lists) -> Any:  # noqa: ANN401  # an answerer
    """An API with these lists, two elements a page."""
    named = {"components": COMPONENTS, **lists}

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        elements = named.get(path.removeprefix("/api/v1/"), [])
        ids = [each["id"] for each in elements]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        body = paged(elements[start : start + 2], has_more=start + 2 < len(elements))
        return 200, "application/hal+json", json.dumps(body).encode()

    return answer


def read_lists(lists: Lists, **options: Any) -> Found:  # noqa: ANN401
    with serve(answers(lists)) as url:
        return found_in(read, url, ReadOptions(NOW, **options))


def issue(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    return {
        "id": "i",
        "title": "Down",
        "body": "We look.",
        "label": "investigating",
        "state_override": -1,
        "resolved": False,
        "began_at": BEGAN,
        "created_at": BEGAN,
        "components": paged([COMPONENTS[0]]),
        "updates": paged([]),
    } | fields


def update(ref: str, hours: int, label: str | None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    at = BEGAN + hours * HOUR
    return {
        "id": ref,
        "label": label,
        "body": ref,
        "created_at": at,
        "effective_after": at,
    } | fields


def incident_of(found: Found) -> Mapping[str, Any]:
    (incident,) = contents(found, ItemKind.INCIDENT)
    return incident


def test_lists_go_on_after_their_last_id() -> None:
    components = [{"id": f"c{number}", "name": f"Service {number}"} for number in range(5)]
    found = read_lists({"components": components})
    assert [each["ref"] for each in contents(found, ItemKind.SERVICE)] == [
        each["id"] for each in components
    ]


def test_each_request_of_the_sample_is_made_once() -> None:
    requests = Requests()
    with hund_api(FIXTURES / "hund", requests) as url:
        found_in(read, url, ReadOptions(NOW))
    assert set(requests.paths.values()) == {1}


def test_the_version_of_the_api_stands_in_the_address_or_is_found() -> None:
    with hund_api(FIXTURES / "hund") as url:
        named = found_in(read, f"{url}/api/v1", ReadOptions(NOW))
    with hund_api(FIXTURES / "hund" / "api") as url:
        searched = found_in(read, url, ReadOptions(NOW))
    assert (
        len(contents(named, ItemKind.INCIDENT)) == len(contents(searched, ItemKind.INCIDENT)) == 3
    )


def test_one_page_of_the_api_of_all_pages_is_named_in_a_header() -> None:
    seen = set()

    def answer(_: str, __: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        seen.add(headers.get("hund-context"))
        return 200, "application/json", json.dumps(paged([])).encode()

    with serve(answer) as url:
        found = found_in(read, url, ReadOptions(NOW, page="p1"))
    assert seen == {"p1"}
    assert contents(found, ItemKind.SOURCE)[0]["instance"] == "127.0.0.1/p1"


def test_groups_have_their_components_in_their_order() -> None:
    groups = [
        {"id": "g2", "name": "Web", "position": 1, "components": paged([COMPONENTS[0]])},
        {"id": "g1", "name": "Core", "position": 0, "components": paged([], has_more=True)},
    ]
    components = [{"id": "e", "name": "Loose"}, *COMPONENTS]
    named: Lists = {"groups": groups, "components": components}

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        elements = named.get(path.removeprefix("/api/v1/"), [])
        if query.get("group") == "g1":
            elements = [COMPONENTS[1]]
        return 200, "application/json", json.dumps(paged(elements)).encode()

    with serve(answer) as url:
        found = found_in(read, url, ReadOptions(NOW))
    assert [each["name"] for each in contents(found, ItemKind.GROUP)] == ["Core", "Web"]
    services = {each["ref"]: each.get("group") for each in contents(found, ItemKind.SERVICE)}
    assert list(services.items()) == [("d", "g1"), ("c", "g2"), ("e", None)]


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        (-1, {"c": "major_outage"}),
        (0, {"c": "degraded_performance"}),
        (1, {"c": "operational"}),
        (None, {"c": "operational"}),
        ("down", {"c": "operational"}),
    ],
)
def test_the_state_of_an_issue_is_that_of_its_services(state: object, ours: dict[str, str]) -> None:
    found = read_lists({"issues": [issue(state_override=state)]})
    assert incident_of(found)["updates"][0]["services"] == ours
    assert (("guessed.services", "i") in entries(found)) is (state not in {-1, 0, 1})


@pytest.mark.parametrize(
    ("label", "ours"),
    [
        ("assessed", "identified"),
        ("identified", "identified"),
        ("investigating", "investigating"),
        (None, "investigating"),
        ("weird", "investigating"),
        ({"en": "Identified", "sv": "Identifierad"}, "identified"),
    ],
)
def test_the_label_of_an_issue_is_its_first_status(label: object, ours: str) -> None:
    found = read_lists({"issues": [issue(label=label)]})
    assert incident_of(found)["updates"][0]["status"] == ours


def test_an_update_without_a_label_leaves_the_status() -> None:
    updates = [update("b", 2, None), update("a", 1, "monitoring")]
    found = read_lists({"issues": [issue(updates=paged(updates))]})
    statuses = [each["status"] for each in incident_of(found)["updates"]]
    assert statuses == ["investigating", "monitoring", "monitoring"]


def test_an_issue_written_after_it_was_over_ends_when_it_did() -> None:
    raw = issue(
        retrospective=True,
        resolved=True,
        ended_at=BEGAN + HOUR,
        created_at=BEGAN + 24 * HOUR,
    )
    incident = incident_of(read_lists({"issues": [raw]}))
    assert [(each["status"], each["posted_at"]) for each in incident["updates"]] == [
        ("investigating", "2025-11-20T08:00:00Z"),
        ("resolved", "2025-11-20T09:00:00Z"),
    ]
    assert incident["updates"][0]["created_at"] == "2025-11-21T08:00:00Z"


def test_an_issue_that_is_over_without_an_end_ends_at_its_last_update() -> None:
    raw = issue(resolved=True, ended_at=None, updates=paged([update("a", 1, "monitoring")]))
    found = read_lists({"issues": [raw]})
    assert incident_of(found)["updates"][-1]["status"] == "resolved"
    assert incident_of(found)["updates"][-1]["posted_at"] == "2025-11-20T09:00:00Z"
    assert ("guessed.end", "i") in entries(found)


def test_what_was_added_after_the_end_is_the_postmortem_in_the_languages_of_all_of_it() -> None:
    updates = [
        update("c", 4, "addendum", body={"en": "Second.", "sv": "Andra."}),
        update("b", 3, "addendum", body={"en": "First."}),
        update("a", 1, "addendum", body={"en": "Before."}),
        update("r", 2, "resolved", body={"en": "Over."}),
    ]
    raw = issue(resolved=True, ended_at=BEGAN + 2 * HOUR, updates=paged(updates))
    incident = incident_of(read_lists({"issues": [raw]}))
    assert incident["postmortem"] == {
        "body": {"en": "First.\n\nSecond."},
        "published_at": "2025-11-20T12:00:00Z",
    }
    assert [each["ref"] for each in incident["updates"]] == ["issue", "a", "r"]


def test_an_addendum_to_an_open_issue_is_an_update() -> None:
    updates = [update("b", 3, "addendum"), update("r", 2, "resolved", reopening=False)]
    incident = incident_of(read_lists({"issues": [issue(updates=paged(updates))]}))
    assert "postmortem" not in incident
    assert [each["ref"] for each in incident["updates"]] == ["issue", "r", "b"]


def test_an_update_that_counts_from_later_on_is_left_out() -> None:
    updates = [update("a", 1, None, effective_after=int(NOW.timestamp()) + HOUR)]
    found = read_lists({"issues": [issue(updates=paged(updates))]})
    assert len(incident_of(found)["updates"]) == 1
    assert ("skipped.unpublished", "a") in entries(found)


def test_a_component_that_is_gone_becomes_an_archived_service() -> None:
    raw = issue(components=paged([{"id": "x", "name": {"en": "Old", "sv": "Gammal"}}]))
    found = read_lists({"issues": [raw]})
    services = {each["ref"]: each for each in contents(found, ItemKind.SERVICE)}
    assert services["x"] == {"ref": "x", "name": {"en": "Old", "sv": "Gammal"}, "archived": True}
    assert ("guessed.services", "x") in entries(found)


def test_a_maintenance_without_a_schedule_lasts_as_long_as_the_issue() -> None:
    updates = [update("b", 1, "resolved"), update("a", 0, None)]
    raw = issue(
        label="maintenance",
        specialization="maintenance",
        resolved=True,
        ended_at=BEGAN + HOUR,
        updates=paged(updates),
    )
    (window,) = contents(read_lists({"issues": [raw]}), ItemKind.MAINTENANCE)
    assert window["starts_at"] == "2025-11-20T08:00:00Z"
    assert window["ends_at"] == window["completed_at"] == "2025-11-20T09:00:00Z"
    assert [each["status"] for each in window["updates"]] == ["in_progress", "completed"]


def test_an_issue_with_a_schedule_is_a_maintenance_whatever_its_label() -> None:
    schedule = {"starts_at": BEGAN + 24 * HOUR * 30, "ends_at": BEGAN + 24 * HOUR * 31}
    raw = issue(schedule=schedule, scheduled=True, began_at=schedule["starts_at"], cancelled=True)
    updates = [update("x", 1, "cancelled")]
    (window,) = contents(
        read_lists({"issues": [raw | {"updates": paged(updates)}]}), ItemKind.MAINTENANCE
    )
    assert window["cancelled_at"] == "2025-11-20T09:00:00Z"
    assert [each["status"] for each in window["updates"]] == ["scheduled"]


def test_subscribers_have_their_channel_and_what_they_did_not_exclude() -> None:
    subscriptions = [
        {"id": "1", "channel": {"type": "email", "address": "a@example.com"}, "locale": "pt-BR"},
        {"id": "2", "channel": {"type": "webhook", "url": "https://hooks.example.com/x"}},
        {"id": "3", "channel": {"type": "webhook", "verb": "put"}},
        {"id": "4", "channel": {"type": "sns", "phone": "+15555550001"}},
        {
            "id": "5",
            "channel": {"type": "email", "address": "b@example.com"},
            "notification_exclusions": ["c", "d"],
        },
        {
            "id": "6",
            "channel": {"type": "email", "address": "c@example.com"},
            "notification_exclusions": ["gone"],
        },
    ]
    found = read_lists({"subscriptions": subscriptions})
    followed = {each["ref"]: each["services"] for each in contents(found, ItemKind.SUBSCRIBER)}
    assert followed == {"1": None, "2": None, "5": [], "6": None}
    assert {("skipped.channel", "3"), ("skipped.channel", "4")} <= entries(found)


@pytest.mark.parametrize("body", [b"[]", b'{"data": {}}', b'"x"'])
def test_what_is_no_api_of_hund_is_refused(body: bytes) -> None:
    with serve(lambda *_: (200, "application/json", body)) as url:
        assert "Hund" in refusal(read, url, ReadOptions(NOW))


def test_a_wrong_token_is_refused_without_being_shown() -> None:
    with hund_api(FIXTURES / "hund") as url:
        message = refusal(read, url, ReadOptions(NOW), token="wr0ng-t0ken")
    assert "FYR_IMPORT_TOKEN" in message
    assert "wr0ng-t0ken" not in message


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (issue(id=None), "id"),
        (issue(began_at=None, created_at=None), "issue i has no start"),
        (issue(began_at="2025-11-20T08:00:00Z"), "issue i: began_at"),
        (issue(began_at=True), "issue i: began_at"),
        (issue(began_at=1e300), "issue i: began_at"),
        (issue(began_at=5), "began_at"),
        (issue(began_at=int(NOW.timestamp()) + HOUR), "future"),
        (issue(updates=paged([update("a", 1, None, effective_after="x")])), "effective_after"),
    ],
)
def test_a_broken_issue_refuses_the_import_or_is_left_out(raw: dict[str, Any], says: str) -> None:
    with serve(answers({"issues": [raw]})) as url:
        assert says in refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, skip_broken=True))
    assert "skipped.broken" in {code for code, _ in entries(found)}
