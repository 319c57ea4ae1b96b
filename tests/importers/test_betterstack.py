"""Better Stack: requests, refusals, and what the sample does not have."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from app.importers.betterstack import read
from app.ports.importer import ItemKind, ReadOptions
from tests.importers.api_lists import Found, contents, entries, found_in, refusal
from tests.importers.samples import FIXTURES
from tests.importers.servers import Answer, Requests, betterstack_api, serve

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = {"id": "77", "company_name": "Acme", "timezone": "UTC"}
RESOURCES = [{"id": "11", "public_name": "Gateway"}, {"id": "12", "public_name": "Login"}]
Lists = Mapping[str, list[dict[str, Any]]]


def answers(lists: Lists) -> Any:  # noqa: ANN401  # an answerer
    """An API with these lists, one element a page, whose links name a host inside."""
    named = {"status-pages": [PAGE], "resources": RESOURCES, **lists}

    def answer(path: str, query: Mapping[str, str], _: Mapping[str, str]) -> Answer:
        elements = named.get(path.rpartition("/")[2], [])
        number = int(query.get("page", "1"))
        shown = [
            {"id": each["id"], "attributes": {**each, "id": "another"}}
            for each in elements[number - 1 : number]
        ]
        link = f"https://inside.example{path}?page={number + 1}" if number < len(elements) else None
        body = {"data": shown, "pagination": {"next": link}}
        return 200, "application/json", json.dumps(body).encode()

    return answer


def read_lists(lists: Lists, **options: Any) -> Found:  # noqa: ANN401
    with serve(answers(lists)) as url:
        return found_in(read, url, ReadOptions(NOW, **options))


def report(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    return {"id": "5", "title": "Down", "starts_at": "2026-11-20T08:00:00Z"} | fields


def affected(**statuses: str) -> list[dict[str, str]]:
    return [
        {"status_page_resource_id": ref.removeprefix("r"), "status": status}
        for ref, status in statuses.items()
    ]


def update(ref: str, hour: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    at = f"2026-11-20T{hour:02}:00:00Z"
    return {"id": ref, "message": "x", "published_at": at, "affected_resources": []} | fields


def statuses_of(found: Found) -> list[str]:
    (incident,) = contents(found, ItemKind.INCIDENT)
    return [each["status"] for each in incident["updates"]]


def test_pages_of_a_list_are_counted_and_their_links_never_followed() -> None:
    found = read_lists({})
    assert [each["ref"] for each in contents(found, ItemKind.SERVICE)] == ["11", "12"]


def test_each_request_of_the_sample_is_made_once() -> None:
    requests = Requests()
    with betterstack_api(FIXTURES / "betterstack", requests) as url:
        found_in(read, url, ReadOptions(NOW))
    assert set(requests.paths.values()) == {1}


@pytest.mark.parametrize("folder", ["betterstack", "betterstack/api"])
def test_the_version_of_the_api_stands_in_the_address_or_is_found(folder: str) -> None:
    with betterstack_api(FIXTURES / folder) as url:
        address = f"{url}/api/v2" if folder == "betterstack" else url
        found = found_in(read, address, ReadOptions(NOW))
    assert len(contents(found, ItemKind.INCIDENT)) == 3


def test_a_section_and_a_resource_may_have_one_number() -> None:
    lists = {
        "sections": [{"id": "11", "name": "Core", "position": 0}],
        "resources": [{"id": "11", "public_name": "Gateway", "status_page_section_id": 11}],
        "status-reports": [report(affected_resources=affected(r11="downtime"))],
    }
    found = read_lists(lists)
    assert (
        contents(found, ItemKind.SERVICE)[0]["group"] == contents(found, ItemKind.GROUP)[0]["ref"]
    )
    (incident,) = contents(found, ItemKind.INCIDENT)
    assert incident["updates"][0]["services"] == {"11": "major_outage"}


def test_resources_of_a_section_without_a_name_are_in_no_group() -> None:
    resource = {"id": "11", "public_name": "Gateway", "status_page_section_id": 1}
    found = read_lists({"sections": [{"id": "1", "name": " "}], "resources": [resource]})
    assert contents(found, ItemKind.GROUP) == []
    assert "group" not in contents(found, ItemKind.SERVICE)[0]
    assert "fixed.unknown_group" not in {code for code, _ in entries(found)}


def test_an_update_about_some_services_does_not_resolve_the_others() -> None:
    updates = [
        update("1", 8, affected_resources=affected(r11="downtime", r12="degraded")),
        update("2", 9, affected_resources=affected(r12="resolved")),
        update("3", 10),
        update("4", 11, affected_resources=affected(r11="operational")),
    ]
    found = read_lists({"status-reports": [report()], "status-updates": updates})
    assert statuses_of(found) == ["investigating", "investigating", "investigating", "resolved"]
    assert {("guessed.status", each) for each in "123"} <= entries(found)


def test_the_last_update_of_a_report_that_has_ended_resolves_it() -> None:
    updates = [
        update("1", 8, affected_resources=affected(r11="downtime")),
        update("2", 9, affected_resources=affected(r12="resolved")),
    ]
    raw = report(ends_at="2026-11-20T09:00:00Z")
    found = read_lists({"status-reports": [raw], "status-updates": updates})
    assert statuses_of(found) == ["investigating", "resolved"]


def test_a_report_whose_updates_only_say_that_it_is_over_begins_at_its_start() -> None:
    updates = [update("1", 9, affected_resources=affected(r12="resolved"))]
    raw = report(affected_resources=affected(r11="downtime", r12="resolved"))
    found = read_lists({"status-reports": [raw], "status-updates": updates})
    (incident,) = contents(found, ItemKind.INCIDENT)
    assert [each["posted_at"] for each in incident["updates"]] == [
        "2026-11-20T08:00:00Z",
        "2026-11-20T09:00:00Z",
    ]
    assert incident["updates"][0]["services"] == {"11": "major_outage"}


def test_a_report_without_updates_is_over_when_its_services_work() -> None:
    found = read_lists({"status-reports": [report(affected_resources=affected(r11="resolved"))]})
    assert statuses_of(found) == ["investigating", "resolved"]
    assert ("guessed.end", "5") in entries(found)


def test_an_end_that_lies_ahead_leaves_a_report_open() -> None:
    found = read_lists({"status-reports": [report(ends_at="2026-12-01T00:00:00Z")]})
    assert statuses_of(found) == ["investigating"]


def test_an_update_that_lies_ahead_is_left_out() -> None:
    updates = [update("1", 8), update("2", 9, published_at="2026-11-24T00:00:00Z")]
    found = read_lists({"status-reports": [report()], "status-updates": updates})
    assert len(statuses_of(found)) == 1
    assert ("skipped.unpublished", "2") in entries(found)


def test_a_resource_that_is_gone_is_left_out_as_it_has_no_name() -> None:
    found = read_lists({"status-reports": [report(affected_resources=affected(r99="downtime"))]})
    assert ("fixed.unknown_service", "5") in entries(found)


def test_a_maintenance_is_over_once_its_services_work() -> None:
    updates = [
        update("1", 7, message="Soon."),
        update("2", 8, affected_resources=affected(r11="maintenance")),
        update("3", 11, affected_resources=affected(r11="operational")),
    ]
    raw = report(report_type="maintenance", ends_at="2026-11-20T10:00:00Z")
    found = read_lists({"status-reports": [raw], "status-updates": updates})
    (window,) = contents(found, ItemKind.MAINTENANCE)
    assert window["body"] == "Soon."
    assert [each["status"] for each in window["updates"]] == ["in_progress", "completed"]
    assert window["completed_at"] == window["ends_at"] == "2026-11-20T11:00:00Z"
    assert window["services"] == ["11"]


def test_a_title_can_make_a_maintenance_of_a_report() -> None:
    raw = report(title="Planned work on the gateway")
    found = read_lists({"status-reports": [raw]}, maintenance="^planned")
    assert contents(found, ItemKind.MAINTENANCE)[0]["ref"] == "5"
    assert {("guessed.end", "5"), ("lost.text", "5")} <= entries(found)


def test_a_page_with_a_password_is_refused_unless_hidden_things_are_wanted() -> None:
    lists = {"status-pages": [PAGE | {"password_enabled": True}]}
    with serve(answers(lists)) as url:
        assert "--with-hidden" in refusal(read, url, ReadOptions(NOW))
    assert contents(read_lists(lists, with_hidden=True), ItemKind.PAGE)


def test_several_pages_are_named_when_none_is_chosen() -> None:
    lists = {"status-pages": [PAGE, {"id": "78", "company_name": "Other", "subdomain": "other"}]}
    with serve(answers(lists)) as url:
        assert "77 (Acme), 78 (Other)" in refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, page="other"))
    assert contents(found, ItemKind.SOURCE)[0]["instance"] == "78"


def test_a_wrong_token_is_refused_without_being_shown() -> None:
    with betterstack_api(FIXTURES / "betterstack") as url:
        message = refusal(read, url, ReadOptions(NOW), token="wr0ng-t0ken")
    assert "FYR_IMPORT_TOKEN" in message
    assert "wr0ng-t0ken" not in message


@pytest.mark.parametrize("body", [b"[]", b'{"data": {}}', b"null"])
def test_what_is_no_api_of_better_stack_is_refused(body: bytes) -> None:
    with serve(lambda *_: (200, "application/json", body)) as url:
        assert "status-pages" in refusal(read, url, ReadOptions(NOW))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (report(id=None), "id"),
        (report(starts_at=None), "status report 5"),
        (report(starts_at="soon"), "status report 5: starts_at"),
        (report(starts_at="2026-11-24T08:00:00Z"), "future"),
    ],
)
def test_a_broken_report_refuses_the_import_or_is_left_out(raw: dict[str, Any], says: str) -> None:
    with serve(answers({"status-reports": [raw]})) as url:
        assert says in refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, skip_broken=True))
    assert "skipped.broken" in {code for code, _ in entries(found)}


def test_a_server_that_fails_is_no_broken_report() -> None:
    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if path.endswith("status-updates"):
            return 500, "application/json", b"{}"
        found: Answer = ordinary(path, query, headers)
        return found

    ordinary = answers({"status-reports": [report()]})
    with serve(answer) as url:
        assert "500" in refusal(read, url, ReadOptions(NOW, skip_broken=True))


@pytest.mark.parametrize("field", [{"id": None}, {"id": "13", "created_at": "soon"}])
def test_a_broken_resource_refuses_the_import_or_is_left_out(field: dict[str, Any]) -> None:
    with serve(answers({"resources": [{"public_name": "Odd", **field}, *RESOURCES]})) as url:
        assert refusal(read, url, ReadOptions(NOW))
        found = found_in(read, url, ReadOptions(NOW, skip_broken=True))
    assert [each["ref"] for each in contents(found, ItemKind.SERVICE)] == ["11", "12"]
    assert "skipped.broken" in {code for code, _ in entries(found)}
