"""Gatus: hostile and wrong files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.importers.gatus import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions
from tests.importers.samples import FIXTURES
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("bomb.yml", ["bomb.yml"]),
        ("tag.yml", ["tag.yml", "line 1"]),
        ("rails.json", ["rails.json"]),
    ],
)
def test_what_is_no_configuration_is_refused(file: str, says: list[str]) -> None:
    with (
        tools_for(str(FIXTURES / "malformed" / file)) as tools,
        pytest.raises(InvalidError) as refused,
    ):
        list(read(tools, ReadOptions(NOW)))
    assert all(each in refused.value.message for each in says), refused.value.message


def test_announcements_of_one_moment_are_incidents_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "endpoints: []\nannouncements:\n"
        "  - {timestamp: 2026-10-01T00:00:00Z, message: One}\n"
        "  - {timestamp: 2026-10-01T00:00:00Z, message: Two}\n"
    )
    with tools_for(str(file)) as tools:
        found = list(read(tools, ReadOptions(NOW)))
    refs = [
        each.content["ref"]
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.INCIDENT
    ]
    assert refs == ["announcement:2026-10-01T00:00:00Z", "announcement:2026-10-01T00:00:00Z#2"]


def test_a_configuration_with_services_that_others_report_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("external-endpoints:\n  - {name: backup, group: jobs, token: x}\n")
    with tools_for(str(file)) as tools:
        found = list(read(tools, ReadOptions(NOW)))
    (service,) = (
        each.content
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SERVICE
    )
    assert service == {"ref": "jobs/backup", "name": "backup", "group": "jobs"}


def test_a_suite_is_a_service_and_its_endpoints_are_not(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "suites:\n  - {name: login, group: flows, endpoints: [{name: step, url: https://x.example}]}\n"
    )
    with tools_for(str(file)) as tools:
        found = list(read(tools, ReadOptions(NOW)))
    names = [
        each.content["name"]
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.SERVICE
    ]
    assert names == ["login"]
