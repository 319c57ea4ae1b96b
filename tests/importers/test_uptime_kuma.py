"""Uptime Kuma: refusals, and what the samples do not have."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.uptime_kuma import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions
from tests.importers.samples import FIXTURES
from tests.importers.servers import Requests, kuma_page
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("empty.db", ["empty.db", "empty"]),
        ("text.db", ["text.db", "SQLite"]),
        ("other.db", ["other.db", "status_page"]),
    ],
)
def test_what_is_no_uptime_kuma_is_refused(file: str, says: list[str]) -> None:
    with (
        tools_for(str(FIXTURES / "malformed" / file)) as tools,
        pytest.raises(InvalidError) as refused,
    ):
        list(read(tools, ReadOptions(NOW)))
    assert all(each in refused.value.message for each in says), refused.value.message


def test_the_page_is_read_with_three_requests() -> None:
    requests = Requests()
    with kuma_page(FIXTURES / "uptime-kuma", requests) as url, tools_for(url) as tools:
        list(read(tools, ReadOptions(NOW)))
    assert sum(requests.paths.values()) == 3


def changed(folder: Path, statement: str) -> str:
    """The path of a copy of the sample in which a statement was executed."""
    file = folder / "kuma.db"
    shutil.copy(FIXTURES / "uptime-kuma" / "kuma.db", file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()
    return str(file)


def maintenances(source: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    with tools_for(source) as tools:
        found = list(read(tools, ReadOptions(NOW, page="default", **options)))
    return {
        each.content["ref"]: each.content
        for each in found
        if isinstance(each, ImportItem) and each.kind is ItemKind.MAINTENANCE
    }


def test_two_published_pages_need_a_name(tmp_path: Path) -> None:
    source = changed(tmp_path, "UPDATE status_page SET published = 1")
    with tools_for(source) as tools, pytest.raises(InvalidError, match=r"default .*internal"):
        list(read(tools, ReadOptions(NOW)))


def test_a_window_of_no_length_is_refused_or_left_out(tmp_path: Path) -> None:
    source = changed(tmp_path, "UPDATE maintenance SET end_date = start_date WHERE id = 1")
    with pytest.raises(InvalidError, match="no length"):
        maintenances(source)
    assert "maintenance:1" not in maintenances(source, skip_broken=True)


def test_a_series_by_weekday_without_a_start_begins_with_its_last_window(tmp_path: Path) -> None:
    source = changed(tmp_path, "UPDATE maintenance SET start_date = NULL WHERE id = 2")
    # 23 November 2026 is a Monday; the window before noon is that of Sunday, 23:30 in Stockholm.
    assert maintenances(source)["maintenance:2"]["starts_at"] == "2026-11-22T22:30:00Z"
