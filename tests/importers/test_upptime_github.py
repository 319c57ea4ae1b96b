"""Upptime from the address of its repository: requests, pages, and what GitHub refuses."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.errors import InvalidError
from app.importers.registry import KINDS
from app.importers.upptime import read
from app.importing.http.github import repository_api
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importers.servers import Requests, serve, upptime_on_github
from tests.importing.test_tools import Answer, serving, tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTINGS = b"owner: o\nrepo: r\nsites: [{name: Code, url: https://code.example}]\n"


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("github.com/upptime/upptime", "https://api.github.com/repos/upptime/upptime"),
        ("https://github.com/o/r.git", "https://api.github.com/repos/o/r"),
        ("http://www.github.com/o/r/issues?q=x", "https://api.github.com/repos/o/r"),
        ("https://git.example/o/r", "https://git.example/api/v3/repos/o/r"),
        ("https://api.github.com/repos/o/r", "https://api.github.com/repos/o/r"),
        ("https://me:secret@git.example/o/r", "https://me:secret@git.example/o/r"),
        ("./repo", "./repo"),
        ("/srv/github.com/o/r", "/srv/github.com/o/r"),
    ],
)
def test_the_address_of_a_repository_is_that_of_its_api(source: str, address: str) -> None:
    assert repository_api(source) == address
    assert KINDS["upptime"].located(source, None) == (address, None)


def test_a_repository_takes_three_requests_however_many_sites_and_issues_it_has() -> None:
    requests = Requests()
    with upptime_on_github(FIXTURES / "upptime", requests) as url, tools_for(url) as tools:
        found = list(read(tools, ReadOptions(NOW)))
    assert requests.paths.total() == 3
    assert ReportEntry("incomplete.history") not in found
    assert "test-token-not-secret" not in str(found)


def known_since(found: list[ImportItem | ReportEntry]) -> list[object]:
    return [
        each.content.get("known_since")
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SERVICE
    ]


def test_without_graphql_each_file_is_a_request_and_those_of_sites_are_an_option() -> None:
    requests = Requests()
    server = upptime_on_github(FIXTURES / "upptime", requests, has_graphql=False)
    with server as url, tools_for(url) as tools:
        short = list(read(tools, ReadOptions(NOW)))
        assert requests.paths.total() == 5
        whole = list(read(tools, ReadOptions(NOW, history=True)))
    assert ReportEntry("incomplete.history") in short
    assert set(known_since(short)) == {None}
    assert ReportEntry("incomplete.history") not in whole
    assert "2023-01-01T00:00:00Z" in known_since(whole)


def test_without_a_token_graphql_is_not_asked() -> None:
    requests = Requests()
    with serve(lambda *_: (404, "text/html", b""), requests) as url, tools_for(url) as tools:
        tools.token = None
        with pytest.raises(InvalidError):
            list(read(tools, ReadOptions(NOW)))
    assert not any("graphql" in path for path in requests.paths)


def repository(issues: Callable[[int], tuple[dict[str, str], list[object]]]) -> list[str]:
    """The refs of the incidents of a repository whose pages of issues are given."""

    def answer(path: str, _: int) -> Answer:
        parts = urlsplit(path)
        if parts.path.endswith("/contents/.upptimerc.yml"):
            return 200, {"Content-Type": "application/vnd.github.raw"}, SETTINGS
        if parts.path.endswith("/comments"):
            return 200, {}, b"[]"
        if not parts.path.endswith("/issues"):
            return 404, {}, b"{}"
        headers, found = issues(int(parse_qs(parts.query).get("page", ["1"])[0]))
        return 200, {"Content-Type": "application/json", **headers}, json.dumps(found).encode()

    with serving(answer) as url, tools_for(f"{url}/repos/o/r") as tools:
        found = list(read(tools, ReadOptions(NOW)))
    return [
        each.content["ref"]
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.INCIDENT
    ]


def issue(number: int) -> Mapping[str, object]:
    return {
        "number": number,
        "title": "Code is down",
        "labels": [{"name": "status"}, {"name": "code"}],
        "created_at": "2026-01-01T00:00:00Z",
        "closed_at": "2026-01-01T01:00:00Z",
        "body": None,
    }


def test_pages_are_counted_and_links_are_not_followed() -> None:
    def pages(number: int) -> tuple[dict[str, str], list[object]]:
        if number > 2:
            return {}, [issue(9)]
        link = f'<https://elsewhere.example/issues?page={number + 1}>; rel="next", <x>; rel="last"'
        # An issue that a new one moved to the next page.
        return {"Link": link}, [issue(number), issue(number + 1)]

    assert repository(pages) == ["issue:1", "issue:2", "issue:3", "issue:9"]


def test_a_full_page_is_followed_by_another_without_a_link() -> None:
    def pages(number: int) -> tuple[dict[str, str], list[object]]:
        return {}, [issue(100 * number + each) for each in range(100 if number == 1 else 3)]

    assert len(repository(pages)) == 103


def test_a_link_that_leads_back_ends_the_list() -> None:
    def pages(_: int) -> tuple[dict[str, str], list[object]]:
        return {"Link": '<?page=1>; rel="next"'}, [issue(1)]

    assert repository(pages) == ["issue:1"]


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            403,
            b'{"message": "API rate limit exceeded for 192.0.2.1."}',
            "set the token in FYR_IMPORT_TOKEN",
        ),
        (401, b'{"message": "Bad credentials"}', "FYR_IMPORT_TOKEN"),
        (404, b"{}", r"o/r has no \.upptimerc\.yml"),
        (500, b"", "answers 500"),
        (200, b"[]", r"\.upptimerc\.yml must be an object"),
        (200, b"a: [", r"\.upptimerc\.yml: line 2"),
    ],
)
def test_what_github_refuses_is_said_with_what_to_do(status: int, body: bytes, says: str) -> None:
    with (
        serving(lambda _path, _number: (status, {}, body)) as url,
        tools_for(f"{url}/repos/o/r") as tools,
        pytest.raises(InvalidError, match=says) as refused,
    ):
        list(read(tools, ReadOptions(NOW)))
    assert "test-token-not-secret" not in refused.value.message
