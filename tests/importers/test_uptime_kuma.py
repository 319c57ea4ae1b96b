"""Uptime Kuma: refusals, and what the samples do not have."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.uptime_kuma import read
from app.importing.times import NoTimeZoneError
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importers.servers import Requests, kuma_page, serve
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


def test_the_pinned_incident_of_an_older_version_is_read() -> None:
    page = {
        "config": {"slug": "default", "title": "Page"},
        "incident": {"id": 1, "title": "Down", "content": "", "createdDate": "2026-11-01 10:00:00"},
        "publicGroupList": [],
    }

    def answer(path: str, *_: object) -> tuple[int, str, bytes]:
        found = path == "/api/status-page/default"
        return (200 if found else 404), "application/json", json.dumps(page).encode()

    with serve(answer) as url, tools_for(f"{url}/status/default") as tools:
        items = list(read(tools, ReadOptions(NOW)))
    assert "incident:1" in {
        each.content.get("ref") for each in items if isinstance(each, ImportItem)
    }


def changed(folder: Path, *statements: str) -> str:
    """The path of a copy of the sample in which statements were executed."""
    file = folder / "kuma.db"
    shutil.copy(FIXTURES / "uptime-kuma" / "kuma.db", file)
    with closing(sqlite3.connect(file)) as connection:
        for each in statements:
            connection.execute(each)
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


def test_a_series_of_another_zone_has_the_days_of_the_page(tmp_path: Path) -> None:
    source = changed(
        tmp_path,
        "UPDATE setting SET value = '\"America/New_York\"' WHERE key = 'serverTimezone'",
        "UPDATE maintenance SET strategy = 'recurring-day-of-month', timezone = 'UTC', "
        "start_time = '02:00', end_time = '03:00', days_of_month = '[1, \"lastDay1\"]', "
        "start_date = '2024-01-01 00:00:00', end_date = NULL WHERE id = 2",
    )
    found = maintenances(source)["maintenance:2"]
    # 02:00 UTC of the first day is 21:00 of the last one in New York.
    assert found["recurrence"]["rrule"] == "FREQ=MONTHLY;BYMONTHDAY=-1,-2"
    assert found["starts_at"] == "2024-01-01T02:00:00Z"


def test_local_times_need_the_zone_of_the_server_or_the_option(tmp_path: Path) -> None:
    source = changed(tmp_path, "DELETE FROM setting WHERE key = 'serverTimezone'")
    with pytest.raises(NoTimeZoneError, match=r"maintenance:1: start_date .*--time-zone"):
        maintenances(source)
    found = maintenances(source, time_zone="Asia/Tokyo")
    assert found["maintenance:1"]["starts_at"] == "2026-11-15T13:00:00Z"


def test_the_window_that_is_open_now_is_kept_of_a_series_without_a_rule(tmp_path: Path) -> None:
    source = changed(
        tmp_path, "UPDATE maintenance SET last_start_date = '2026-11-23T11:58:00.000Z' WHERE id = 5"
    )
    found = maintenances(source)["maintenance:5"]
    assert (found["starts_at"], found["ends_at"]) == (
        "2026-11-23T11:58:00Z",
        "2026-11-23T12:03:00Z",
    )
    assert "recurrence" not in found


def test_failures_of_days_before_the_first_heartbeat_are_reported_as_lost(tmp_path: Path) -> None:
    source = changed(
        tmp_path,
        "DELETE FROM stat_daily",
        # 31 December 2025; the other rows are of days with heartbeats, or have no failure.
        "INSERT INTO stat_daily (monitor_id, timestamp, ping, up, down)"
        " VALUES (1, 1767139200, 1, 99, 0), (2, 1767139200, 1, 99, 3), (3, 1795392000, 1, 0, 9)",
    )
    with tools_for(source) as tools:
        found = list(read(tools, ReadOptions(NOW, page="default")))
    lost = [e.ref for e in found if isinstance(e, ReportEntry) and e.code == "lost.statuses"]
    assert lost == ["monitor:2"]


def test_a_failure_goes_on_over_a_restart_of_uptime_kuma(tmp_path: Path) -> None:
    """The first heartbeat after a start is important, also when nothing has changed."""
    source = changed(
        tmp_path,
        "INSERT INTO heartbeat (important, monitor_id, status, time)"
        " VALUES (1, 1, 0, '2026-11-10 02:10:00.000')",
    )
    with tools_for(source) as tools:
        found = list(read(tools, ReadOptions(NOW, page="default")))
    first = next(
        e.content for e in found if isinstance(e, ImportItem) and e.kind is ItemKind.UPTIME
    )
    assert (first["from"], first["to"]) == ("2026-11-10T02:01:00.500Z", "2026-11-10T02:26:00.500Z")


def test_a_group_without_a_name_leaves_its_monitors_without_a_group(tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    shutil.copy(FIXTURES / "uptime-kuma" / "kuma.db", file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("""UPDATE "group" SET name = ' '""")
        connection.commit()
    with tools_for(str(file)) as tools:
        found = [
            each
            for each in read(tools, ReadOptions(NOW, page="default"))
            if isinstance(each, ImportItem)
        ]
    services = [each.content for each in found if each.kind is ItemKind.SERVICE]
    assert services
    assert not any("group" in each for each in services)
    assert ItemKind.GROUP not in {each.kind for each in found}
