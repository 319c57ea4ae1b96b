"""Kener: other versions and pages, and what the sample does not have."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidError
from app.importers.kener import read
from app.ports.importer import ImportItem, ItemKind, ReadOptions, ReportEntry
from tests.importers.samples import FIXTURES
from tests.importing.test_tools import tools_for

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Found = list[ImportItem | ReportEntry]

VERSION_3 = """
DROP TABLE pages; DROP TABLE pages_monitors; DROP TABLE maintenances;
DROP TABLE maintenance_monitors; DROP TABLE maintenances_events; DROP TABLE subscriber_users;
CREATE TABLE subscribers (id INTEGER PRIMARY KEY, subscriber_send, subscriber_meta,
  subscriber_type, subscriber_status, created_at);
CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, subscriber_id, subscriptions_status,
  subscriptions_monitors);
"""


def read_all(folder: Path, script: str = "", **options: Any) -> Found:  # noqa: ANN401
    """What the reader yields of the sample after a script in SQL."""
    file = folder / "kener.sqlite.db"
    shutil.copy(FIXTURES / "kener" / file.name, file)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)
    with tools_for(str(file)) as tools:
        return list(read(tools, ReadOptions(NOW, **options)))


def contents(found: Found, kind: ItemKind) -> dict[str, Any]:
    return {
        each.content.get("ref", str(number)): each.content
        for number, each in enumerate(found)
        if isinstance(each, ImportItem) and each.kind is kind
    }


def entries(found: Found) -> set[tuple[str, str]]:
    return {(each.code, each.ref) for each in found if isinstance(each, ReportEntry)}


def test_another_database_is_refused_by_its_missing_table() -> None:
    with (
        tools_for(str(FIXTURES / "malformed" / "other.db")) as tools,
        pytest.raises(InvalidError, match=r"other\.db has no table monitors"),
    ):
        list(read(tools, ReadOptions(NOW)))


# -- pages -----------------------------------------------------------------------------------------

SECOND_PAGE = """
INSERT INTO pages (id, page_path, page_title, page_header) VALUES (2, 'apis', 'APIs', 'Our APIs');
UPDATE pages_monitors SET page_id = 2 WHERE monitor_tag = 'mars';
"""


def test_one_of_several_pages_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"--page.*apis \(APIs\)"):
        read_all(tmp_path, SECOND_PAGE)


def test_the_first_page_is_named_by_a_slash_also_beside_a_page_without_a_header(
    tmp_path: Path,
) -> None:
    script = "INSERT INTO pages (id, page_path, page_title) VALUES (2, 'apis', 'APIs');"
    found = read_all(tmp_path, script, page="/")
    assert {"earth", "moon"} <= set(contents(found, ItemKind.SERVICE))


def test_monitors_of_other_pages_are_left_out(tmp_path: Path) -> None:
    script = (
        SECOND_PAGE
        + """
    UPDATE incidents SET is_global = 'NO' WHERE id = 2;
    INSERT INTO monitors (id, tag, name, status) VALUES (9, 'lost', 'Lost', 'ACTIVE');
    """
    )
    found = read_all(tmp_path, script, page="apis")
    assert list(contents(found, ItemKind.SERVICE)) == ["mars"]
    assert contents(found, ItemKind.PAGE)["1"]["name"] == "Our APIs"
    assert list(contents(found, ItemKind.INCIDENT)) == ["incident:1"]
    wanted = {
        ("skipped.other_page", "monitor:earth"),
        ("skipped.no_page", "monitor:lost"),
        ("skipped.other_page", "incident:2"),
    }
    assert wanted <= entries(found)


def test_an_internal_page_is_not_offered(tmp_path: Path) -> None:
    script = (
        SECOND_PAGE
        + """
    ALTER TABLE pages ADD COLUMN page_is_internal INTEGER DEFAULT 0;
    UPDATE pages SET page_is_internal = 1 WHERE id = 2;
    """
    )
    found = read_all(tmp_path, script)
    assert ("skipped.hidden", "page:2") in entries(found)
    assert list(contents(found, ItemKind.SERVICE)) == ["moon", "earth"]


def test_a_page_that_is_not_of_the_public_group_is_not_offered(tmp_path: Path) -> None:
    script = (
        SECOND_PAGE
        + """
    CREATE TABLE page_access_groups (page_id INTEGER, access_group_id TEXT);
    INSERT INTO page_access_groups VALUES (1, 'public'), (1, 'admin'), (2, 'customers');
    """
    )
    found = read_all(tmp_path, script)
    assert "earth" in contents(found, ItemKind.SERVICE)
    assert ("skipped.hidden", "page:2") in entries(found)


def test_groups_of_a_page_come_before_categories(tmp_path: Path) -> None:
    script = """
    CREATE TABLE pages_monitor_groups (id INTEGER PRIMARY KEY, page_id, name, position);
    INSERT INTO pages_monitor_groups VALUES (1, 1, 'Outer', 1), (2, 1, 'Inner', 0);
    ALTER TABLE pages_monitors ADD COLUMN page_monitor_group_id INTEGER;
    UPDATE pages_monitors SET page_monitor_group_id = 1 WHERE monitor_tag = 'moon';
    UPDATE pages_monitors SET page_monitor_group_id = 2 WHERE monitor_tag = 'earth';
    """
    found = read_all(tmp_path, script)
    assert list(contents(found, ItemKind.GROUP)) == ["Inner", "Outer", "API"]


def test_hidden_monitors_are_taken_on_request(tmp_path: Path) -> None:
    found = read_all(tmp_path, with_hidden=True)
    assert "dark" in contents(found, ItemKind.SERVICE)
    assert contents(found, ItemKind.INCIDENT)["incident:1"]["updates"][0]["services"] == {
        "earth": "major_outage",
        "dark": "major_outage",
    }


# -- version 3 -------------------------------------------------------------------------------------


def test_version_3_has_one_page_in_the_order_of_its_settings(tmp_path: Path) -> None:
    script = (
        VERSION_3
        + """
    INSERT INTO site_data (key, value) VALUES ('monitorSort', '[3, 1, 2]'),
      ('categories', '[{"name": "API"}, {"name": "Home"}]');
    """
    )
    found = read_all(tmp_path, script)
    assert list(contents(found, ItemKind.SERVICE)) == ["mars", "earth", "moon"]
    assert list(contents(found, ItemKind.GROUP)) == ["API", "Home"]
    assert list(contents(found, ItemKind.MAINTENANCE)) == ["incident:3"]


def test_subscribers_of_version_3_keep_what_they_follow(tmp_path: Path) -> None:
    script = (
        VERSION_3
        + """
    INSERT INTO subscribers VALUES
      (1, 'a@example.com', '{"email_code": "424242"}', 'email', 'ACTIVE', '2026-01-02 03:04:05'),
      (2, 'b@example.com', NULL, 'email', 'ACTIVE', NULL),
      (3, 'c@example.com', NULL, 'email', 'PENDING', NULL),
      (4, 'd@example.com', NULL, 'email', 'INACTIVE', NULL),
      (5, 'https://example.com', NULL, 'webhook', 'ACTIVE', NULL),
      (6, 'e@example.com', NULL, 'email', 'ACTIVE', NULL);
    INSERT INTO subscriptions (subscriber_id, subscriptions_status, subscriptions_monitors) VALUES
      (1, 'ACTIVE', '_'), (2, 'ACTIVE', 'earth'), (2, 'ACTIVE', 'dark'), (2, 'INACTIVE', 'moon'),
      (6, 'INACTIVE', '_');
    """
    )
    found = read_all(tmp_path, script)
    subscribers = contents(found, ItemKind.SUBSCRIBER)
    assert {ref: each["services"] for ref, each in subscribers.items()} == {
        "subscriber:1": None,
        "subscriber:2": ["earth"],
        "subscriber:3": None,
        "subscriber:6": [],  # which the import leaves out: nobody is given more than was chosen
    }
    assert subscribers["subscriber:1"]["since"] == "2026-01-02T03:04:05Z"
    assert not subscribers["subscriber:3"]["confirmed"]
    assert {("skipped.inactive", "subscriber:4"), ("skipped.channel", "subscriber:5")} <= entries(
        found
    )
    assert "424242" not in str(found)


def test_subscribers_of_version_4_keep_what_they_follow(tmp_path: Path) -> None:
    script = """
    CREATE TABLE user_subscriptions_v2 (id INTEGER PRIMARY KEY, subscriber_user_id, event_type,
      status, monitor_tags);
    INSERT INTO subscriber_users (id, email, status) VALUES (3, 'c@example.com', 'ACTIVE'),
      (4, 'd@example.com', 'ACTIVE'), (5, 'e@example.com', 'INACTIVE');
    INSERT INTO user_subscriptions_v2 (subscriber_user_id, event_type, status, monitor_tags) VALUES
      (1, 'incidents', 'ACTIVE', NULL), (1, 'maintenances', 'ACTIVE', '[]'),
      (3, 'incidents', 'ACTIVE', '["moon", "gone"]'), (3, 'maintenances', 'INACTIVE', NULL);
    """
    found = read_all(tmp_path, script)
    subscribers = contents(found, ItemKind.SUBSCRIBER)
    assert {ref: each["services"] for ref, each in subscribers.items()} == {
        "subscriber:1": None,
        "subscriber:2": None,
        "subscriber:3": ["moon"],
    }
    wanted = {
        ("lost.events", "subscriber:3"),
        ("skipped.no_service", "subscriber:4"),
        ("skipped.inactive", "subscriber:5"),
    }
    assert wanted <= entries(found)


# -- incidents -------------------------------------------------------------------------------------


def test_translations_come_with_their_texts(tmp_path: Path) -> None:
    script = """
    INSERT INTO site_data (key, value) VALUES ('i18n', '{"defaultLocale": "en"}');
    ALTER TABLE incidents ADD COLUMN translations TEXT;
    ALTER TABLE monitors ADD COLUMN translations TEXT;
    UPDATE incidents SET translations = '{"de": {"title": "Still"}, "??": {"title": "x"}}'
      WHERE id = 1;
    UPDATE monitors SET translations = '{"de": {"name": "Erde"}, "en": {"name": "no"}}'
      WHERE tag = 'earth';
    """
    found = read_all(tmp_path, script)
    title = contents(found, ItemKind.INCIDENT)["incident:1"]["title"]
    assert title == {"en": "Earth stands still", "de": "Still"}
    assert contents(found, ItemKind.SERVICE)["earth"]["name"] == {"en": "Earth", "de": "Erde"}


def test_an_incident_with_its_end_only_lasts_from_its_start(tmp_path: Path) -> None:
    found = read_all(tmp_path, "DELETE FROM incident_comments WHERE id < 4")
    updates = contents(found, ItemKind.INCIDENT)["incident:1"]["updates"]
    assert [each["status"] for each in updates] == ["investigating", "resolved"]
    assert updates[0]["body"] == {"$phrase": ["automation.began"]}
    assert updates[0]["services"] == {"earth": "major_outage"}


def test_an_incident_without_comments_ends_when_its_row_says_so(tmp_path: Path) -> None:
    found = read_all(tmp_path, "DELETE FROM incident_comments")
    updates = contents(found, ItemKind.INCIDENT)["incident:1"]["updates"]
    assert [each["posted_at"] for each in updates] == [
        "2026-09-21T14:13:20Z",
        "2026-09-21T15:13:20Z",
    ]


def test_an_unknown_state_keeps_the_one_before(tmp_path: Path) -> None:
    found = read_all(tmp_path, "UPDATE incident_comments SET state = 'TRIGGERED' WHERE id = 6")
    updates = contents(found, ItemKind.INCIDENT)["incident:2"]["updates"]
    assert [each["status"] for each in updates] == ["investigating", "investigating"]
    assert ("guessed.status", "incident:2") in entries(found)


def test_a_time_that_is_none_refuses_its_incident_or_leaves_it_out(tmp_path: Path) -> None:
    script = "UPDATE incidents SET start_date_time = 'soon' WHERE id = 1"
    with pytest.raises(InvalidError, match="incident:1: start_date_time is 'soon'"):
        read_all(tmp_path, script)
    found = read_all(tmp_path, script, skip_broken=True)
    assert ("skipped.broken", "incident:1") in entries(found)


# -- maintenances ----------------------------------------------------------------------------------


def test_inactive_and_cancelled_maintenances(tmp_path: Path) -> None:
    script = """
    UPDATE maintenances SET status = 'INACTIVE' WHERE id = 1;
    INSERT INTO maintenances_events VALUES (3, 2, 1796000060, 1796003000, 'CANCELLED', NULL,
      '2026-11-01 00:00:00');
    """
    found = read_all(tmp_path, script)
    assert ("skipped.inactive", "maintenance:1") in entries(found)
    single = contents(found, ItemKind.MAINTENANCE)["maintenance:2"]
    assert single["cancelled_at"] == "2026-11-01T00:00:00Z"
    assert (single["starts_at"], single["ends_at"]) == (
        "2026-11-30T00:54:20Z",
        "2026-11-30T01:43:20Z",
    )
    assert single["former_paths"] == ["/maintenances/3"]


@pytest.mark.parametrize("seconds", [0, -1, "'x'", "NULL", 99999999999])
def test_a_maintenance_of_no_length_is_broken(tmp_path: Path, seconds: object) -> None:
    script = f"UPDATE maintenances SET duration_seconds = {seconds} WHERE id = 1"
    with pytest.raises(InvalidError, match="maintenance:1 is a window of no length"):
        read_all(tmp_path, script)


# -- minutes and targets ---------------------------------------------------------------------------


def minutes(*statuses: tuple[int, str]) -> str:
    rows = ", ".join(f"('moon', {1_793_000_000 + 60 * n}, '{status}')" for n, status in statuses)
    return f"INSERT INTO monitoring_data (monitor_tag, timestamp, status) VALUES {rows};"


@pytest.mark.parametrize(
    ("statuses", "intervals"),
    [
        ([(2, "UP"), (0, "UP"), (1, "DOWN")], [("major_outage", 1, 2)]),
        ([(0, "DOWN"), (1, "NO_DATA"), (2, "UP")], [("major_outage", 0, 2)]),
        ([(0, "NO_DATA"), (1, "DOWN"), (2, "MAINTENANCE")], [("major_outage", 1, 2)]),
        (
            [(0, "DOWN"), (1, "DEGRADED"), (2, "DOWN"), (3, "UP")],
            [("major_outage", 0, 1), ("degraded_performance", 1, 2), ("major_outage", 2, 3)],
        ),
        ([(0, "DOWN"), (5, "DOWN")], [("major_outage", 0, 5)]),
        ([(0, "UP"), (1, "ODD"), (2, "UP")], []),
    ],
)
def test_minutes_become_intervals(
    tmp_path: Path, statuses: list[tuple[int, str]], intervals: list[tuple[str, int, int]]
) -> None:
    found = read_all(tmp_path, minutes(*statuses))

    def minute(text: str) -> int:
        return int(datetime.fromisoformat(text).timestamp() - 1_793_000_000) // 60

    assert [
        (each["status"], minute(each["from"]), minute(each["to"]))
        for each in contents(found, ItemKind.UPTIME).values()
        if each["service"] == "moon"
    ] == intervals


def test_a_last_minute_that_is_down_ends_one_second_later(tmp_path: Path) -> None:
    found = read_all(tmp_path, minutes((0, "DOWN")))
    (only,) = [e for e in contents(found, ItemKind.UPTIME).values() if e["service"] == "moon"]
    assert (only["from"][-4:], only["to"][-4:]) == (":20Z", ":21Z")
    assert ("guessed.end", "monitor:moon") in entries(found)


def test_failures_before_the_first_minute_are_reported_as_lost(tmp_path: Path) -> None:
    script = """
    CREATE TABLE monitoring_data_bucket (monitor_tag, bucket_ts, count_of_down, count_of_degraded);
    INSERT INTO monitoring_data_bucket VALUES
      ('moon', 1792900800, 0, 15), ('mars', 1792900800, 0, 0);
    """
    lost = {("lost.statuses", "monitor:moon")}
    assert lost <= entries(read_all(tmp_path, script + minutes((0, "UP"))))
    assert not lost & entries(read_all(tmp_path, script + minutes((-1700, "UP"), (0, "UP"))))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ('{"url": "https://u:hunter2@a.example"}', "lost.secret"),
        ('{"url": "https://$HOST/"}', "lost.target"),
        ('{"url": "https://a.example", "allowSelfSignedCert": true}', "lost.target"),
        ("{", "lost.target"),
        ("[]", "lost.target"),
    ],
)
def test_addresses_of_monitors(tmp_path: Path, settings: str, code: str) -> None:
    script = f"UPDATE monitors SET type_data = '{settings}' WHERE tag = 'earth'"
    found = read_all(tmp_path, script, targets=True)
    assert (code, "monitor:earth") in entries(found)
    assert ("earth" in contents(found, ItemKind.TARGET)) is (code == "lost.secret")
    assert "hunter2" not in str(found)
