"""Cachet: refusals, and what the samples do not have."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import InvalidError
from app.importers.cachet import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importers.servers import cachet_api
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("other.db", ["other.db", "components"]),
        ("cut.sqlite", ["cut.sqlite", "malformed"]),
        ("hostile.sqlite", ["hostile.sqlite", "components", "view"]),
        ("empty.db", ["empty.db", "empty"]),
    ],
)
def test_what_is_no_cachet_is_refused(file: str, says: list[str]) -> None:
    with (
        tools_for(str(FIXTURES / "malformed" / file)) as tools,
        pytest.raises(InvalidError) as refused,
    ):
        list(read(tools, ReadOptions(NOW)))
    assert all(each in refused.value.message for each in says), refused.value.message


def test_the_api_needs_the_zone_of_its_times() -> None:
    with (
        cachet_api(FIXTURES / "cachet2") as url,
        tools_for(url) as tools,
        pytest.raises(InvalidError, match=r"--time-zone"),
    ):
        list(read(tools, ReadOptions(NOW)))


def changed(folder: Path, sample: str, *statements: str) -> str:
    """The path of a copy of a sample in which statements were executed."""
    file = folder / "database.sqlite"
    shutil.copy(FIXTURES / sample / "database.sqlite", file)
    with closing(sqlite3.connect(file)) as connection:
        for each in statements:
            connection.execute(each)
        connection.commit()
    return str(file)


def test_a_component_that_is_gone_without_a_name_is_reported(tmp_path: Path) -> None:
    source = changed(
        tmp_path,
        "cachet2",
        "INSERT INTO incident_components VALUES (901, 1, 99, 4, NULL, NULL)",
        "INSERT INTO schedule_components VALUES (901, 1, 99, 4, NULL, NULL)",
    )
    with tools_for(source) as tools:
        items = list(read(tools, ReadOptions(NOW)))
    unknown = {
        each.ref for each in items if isinstance(each, ReportEntry) and "unknown" in each.code
    }
    assert unknown == {"incident:1", "schedule:1"}


def test_of_changes_in_one_second_the_last_one_stays(tmp_path: Path) -> None:
    rows = ((901, 4), (902, 3), (903, 2))
    source = changed(
        tmp_path,
        "cachet3",
        "DELETE FROM component_status_changes",
        *(
            "INSERT INTO component_status_changes (id, component_id, new_status, source,"
            f" created_at) VALUES ({number}, 1, {status}, '', '2026-01-01 00:00:00')"
            for number, status in rows
        ),
    )
    with tools_for(source) as tools:
        items = list(read(tools, ReadOptions(NOW)))
    (interval,) = (
        each.content
        for each in items
        if isinstance(each, ImportItem) and each.kind is ItemKind.UPTIME
    )
    assert interval["status"] == "degraded_performance"


def test_a_prefix_of_the_tables_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "prefixed.sqlite"
    with (
        closing(sqlite3.connect(FIXTURES / "cachet2" / "database.sqlite")) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)
        names = target.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            target.execute(f'ALTER TABLE "{name}" RENAME TO "chq_{name}"')
        target.commit()
    with tools_for(str(file)) as tools:
        items = list(read(tools, ReadOptions(NOW)))
    incidents = [
        each for each in items if isinstance(each, ImportItem) and each.kind is ItemKind.INCIDENT
    ]
    assert len(incidents) == 8


def test_subscribers_of_a_version_3_from_before_its_migration_are_as_they_were(
    tmp_path: Path,
) -> None:
    source = changed(
        tmp_path,
        "cachet3",
        "ALTER TABLE subscribers RENAME COLUMN email_verified_at TO verified_at",
        "DELETE FROM subscribers",
        """INSERT INTO subscribers (id, email, verified_at, "global", created_at) VALUES
           (1, 'at.once@example.com', '2026-01-01 00:00:00', 1, '2026-01-01 00:00:00'),
           (2, 'never@example.com', NULL, 1, '2026-01-01 00:00:00')""",
    )
    with tools_for(source) as tools:
        found = [
            each.content
            for each in read(tools, ReadOptions(NOW))
            if isinstance(each, ImportItem) and each.kind is ItemKind.SUBSCRIBER
        ]
    assert {each["address"]: each["confirmed"] for each in found} == {
        "at.once@example.com": True,
        "never@example.com": False,
    }


@pytest.mark.parametrize("sample", ["cachet2", "cachet3"])
def test_templates_of_incidents_are_reported_as_lost(tmp_path: Path, sample: str) -> None:
    source = changed(
        tmp_path,
        sample,
        "CREATE TABLE incident_templates (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO incident_templates VALUES (1, 'Outage')",
    )
    with tools_for(source) as tools:
        found = list(read(tools, ReadOptions(NOW, time_zone="Etc/UTC")))
    assert ReportEntry("lost.templates") in found
