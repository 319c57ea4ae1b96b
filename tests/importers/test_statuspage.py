"""Statuspage: requests, refusals, and what the samples do not have."""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.statuspage import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importers.servers import Requests, serve, statuspage_manage, statuspage_public
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MALFORMED = FIXTURES / "malformed"


def refusal(url: str, *, token: str | None = None, page: str | None = None) -> str:
    with tools_for(url) as tools:
        tools.token = token
        with pytest.raises(InvalidError) as refused:
            list(read(tools, ReadOptions(NOW, page=page)))
    return refused.value.message


def test_the_public_page_is_read_with_few_requests_each_of_them_once() -> None:
    requests = Requests()
    with (
        statuspage_public(FIXTURES / "statuspage-public", requests) as url,
        tools_for(url) as tools,
    ):
        tools.token = None
        list(read(tools, ReadOptions(NOW)))
    assert sum(requests.paths.values()) <= 45
    assert set(requests.paths.values()) == {1}
    assert "/api/v2/incidents.json?page=2" not in requests.paths


@pytest.mark.parametrize(
    ("file", "status", "kind", "says"),
    [
        ("page.html", 200, "text/html", ["summary.json", "text/html"]),
        ("rails.json", 404, "application/json", ["404"]),
        ("truncated.json", 200, "application/json", ["summary.json", "column"]),
    ],
)
def test_what_is_no_statuspage_is_refused(
    file: str, status: int, kind: str, says: list[str]
) -> None:
    body = (MALFORMED / file).read_bytes()
    with serve(lambda *_: (status, kind, body)) as url:
        message = refusal(url)
    assert all(each in message for each in says), message


def test_several_pages_are_named_when_none_is_chosen(tmp_path: Path) -> None:
    with statuspage_manage(FIXTURES / "statuspage-manage") as url:
        message = refusal(url, token="test-token-not-secret")
        assert "nordlys0page (Nordlys Pay)" in message
        assert "otherpage001" in message
        hidden = refusal(url, token="test-token-not-secret", page="otherpage001")
    assert "members of a team" in hidden


def test_a_wrong_token_is_refused_without_being_shown() -> None:
    with statuspage_manage(FIXTURES / "statuspage-manage") as url:
        message = refusal(url, token="wr0ng-t0ken")
    assert "FYR_IMPORT_TOKEN" in message
    assert "wr0ng-t0ken" not in message


def test_a_token_for_a_public_page_says_what_to_do() -> None:
    def answer(*_: str | Mapping[str, str]) -> tuple[int, str, bytes]:
        return 404, "text/html", b""

    with serve(answer) as url:
        assert "api.statuspage.io" in refusal(url, token="t0ken")


def managed(folder: Path, file: str, change: Callable[[list[Any]], None]) -> list[Any]:
    """What the reader yields of the sample after a change of the elements of one file."""
    shutil.copytree(FIXTURES / "statuspage-manage", folder, dirs_exist_ok=True)
    path = folder / "v1" / file
    rows = json.loads(path.read_text(encoding="utf-8"))
    change(rows)
    path.write_text(json.dumps(rows), encoding="utf-8")
    with statuspage_manage(folder) as url, tools_for(url) as tools:
        return list(read(tools, ReadOptions(NOW, page="nordlys0page")))


def test_a_subscriber_follows_components_that_are_objects_too(tmp_path: Path) -> None:
    def change(rows: list[Any]) -> None:
        rows[0]["components"] = [{"id": "swish0000001"}, None, ["x"], {"name": "no id"}]

    found = managed(tmp_path, "subscribers.json", change)
    services = {
        each.content["ref"]: each.content["services"]
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SUBSCRIBER
    }
    assert services["s01"] == ["swish0000001"]


def test_the_postmortem_of_a_maintenance_is_reported_as_lost(tmp_path: Path) -> None:
    def change(rows: list[Any]) -> None:
        (row,) = (each for each in rows if each["id"] == "maintdone001")
        row["postmortem_body"], row["postmortem_published_at"] = "Why", "2024-10-28T09:00:00Z"

    assert ReportEntry("lost.postmortems", "maintdone001") in managed(
        tmp_path, "incidents.json", change
    )
