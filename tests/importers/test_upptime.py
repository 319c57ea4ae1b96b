"""Upptime: refusals, and what the sample does not have."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.upptime import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def items(folder: Path, issues: object, time_zone: str | None = None) -> list[Any]:
    """The items of the sample's repository with other issues beside it."""
    shutil.copytree(FIXTURES / "upptime" / "repo", folder / "repo", dirs_exist_ok=True)
    (folder / "issues.json").write_text(json.dumps(issues))
    with tools_for(str(folder / "repo")) as tools:
        return list(read(tools, ReadOptions(NOW, time_zone=time_zone)))


def incidents(folder: Path, issues: object) -> list[Any]:
    """The incidents among the items."""
    return [
        each.content
        for each in items(folder, issues)
        if isinstance(each, ImportItem) and each.kind is ItemKind.INCIDENT
    ]


def issue(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "number": 1,
        "title": "🟥 Something odd",
        "labels": ["status"],
        "created_at": "2026-01-01T00:00:00Z",
        "closed_at": "2026-01-01T01:00:00Z",
        "body": "Code was **down**.",
        **more,
    }


def test_issues_are_needed_and_the_message_says_how_to_get_them(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "upptime" / "repo", tmp_path / "repo")
    with tools_for(str(tmp_path / "repo")) as tools, pytest.raises(InvalidError, match="gh api"):
        list(read(tools, ReadOptions(NOW)))


def test_pages_of_issues_are_joined_and_bold_words_say_how_badly(tmp_path: Path) -> None:
    pages = [[issue()], [issue(number=2, labels=[{"name": "status"}, {"name": "code"}])]]
    first, second = incidents(tmp_path, pages)
    assert first["title"] == "Something odd"
    assert first["updates"][0]["services"] == {}
    assert second["updates"][0]["services"] == {"code": "major_outage"}
    assert [each["status"] for each in second["updates"]] == ["investigating", "resolved"]


def test_a_maintenance_without_a_zone_needs_the_option(tmp_path: Path) -> None:
    body = "<!--\nstart: 2026-02-01 10:00\nend: 2026-02-01 11:00\n-->\nText"
    issues = [issue(labels=["maintenance"], body=body)]
    assert ReportEntry("skipped.unparsable", "issue:1") in items(tmp_path, issues)
    (window,) = (
        each.content
        for each in items(tmp_path, issues, time_zone="Asia/Tokyo")
        if isinstance(each, ImportItem) and each.kind is ItemKind.MAINTENANCE
    )
    assert window["starts_at"] == "2026-02-01T01:00:00Z"


def test_a_folder_without_settings_is_no_repository(tmp_path: Path) -> None:
    with tools_for(str(tmp_path)) as tools, pytest.raises(InvalidError, match=r"\.upptimerc\.yml"):
        list(read(tools, ReadOptions(NOW)))


def test_an_issue_that_was_opened_again_ends_when_it_was_last_closed(tmp_path: Path) -> None:
    said = [
        ("2026-01-01T00:30:00Z", "**Resolved:** Code is back up."),
        ("2026-01-01T00:40:00Z", "It is not."),
        ("2026-01-01T00:59:59Z", "**Resolved:** Code is back up."),
    ]
    comments = [
        {
            "id": number,
            "issue_url": "https://api.github.com/repos/o/r/issues/1",
            "created_at": at,
            "body": body,
            "author_association": "OWNER",
        }
        for number, (at, body) in enumerate(said)
    ]
    (tmp_path / "comments.json").write_text(json.dumps(comments))
    (found,) = incidents(tmp_path, [issue()])
    statuses = [(each["posted_at"], each["status"]) for each in found["updates"]]
    assert statuses[1:] == [
        ("2026-01-01T00:30:00Z", "investigating"),
        ("2026-01-01T00:40:00Z", "investigating"),
        ("2026-01-01T00:59:59Z", "resolved"),
    ]
