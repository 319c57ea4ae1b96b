"""Backups: what is restored equals what was there, on both databases and between them."""

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from app.db import schema, stored_rows
from app.db.engine import make_engine
from app.db.migrate import downgrade, upgrade
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText, Translation
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.usecases.backups.backup import BackupOptions, write_backup
from app.usecases.backups.document import BackupReader
from app.usecases.backups.personal_data import LEFT_OUT, PERSONAL_ROWS
from app.usecases.backups.restore import (
    Migrations,
    Restored,
    RestoreOptions,
    restore_backup,
)
from app.usecases.context import SHELL, Actor
from app.usecases.database import Database
from app.usecases.services.services import add_service
from app.usecases.users.users import add_user
from tests.databases import PostgresDatabases, Run, copy_sqlite
from tests.every_table import fill_every_table
from tests.factories import make_incident, make_service, make_subscriber

KEY = "0123456789abcdef"
OPTIONS = RestoreOptions([KEY])


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(make_engine(database_url))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """What a file holds, and why one is refused, does not depend on the kind of database."""
    opened = Database(make_engine(sqlite_url))
    yield opened
    opened.close()


@pytest.fixture
def full_database(database: Database) -> Database:
    with database.writing(SHELL) as ctx:
        fill_every_table(ctx.session)
    return database


@pytest.fixture(scope="module")
def full_backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that has rows of every table. That each kind writes the same is a test."""
    folder = tmp_path_factory.mktemp("full")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    database = Database(make_engine(f"sqlite:///{folder / 'fyr.db'}"))
    with database.writing(SHELL) as ctx:
        fill_every_table(ctx.session)
    path = backup(database, folder / "backup")
    database.close()
    return path


def backup(database: Database, path: Path, *, with_personal_data: bool = True) -> Path:
    with database.reading(SHELL) as ctx, path.open("wb") as out:
        write_backup(ctx, out, BackupOptions(KEY, with_personal_data=with_personal_data))
    return path


def restore(url: str, path: Path, options: RestoreOptions = OPTIONS) -> Restored:
    migrations = Migrations(lambda revision: upgrade(url, revision), lambda: downgrade(url, "base"))
    database = Database(make_engine(url))
    try:
        with BackupReader(path) as reader:
            return restore_backup(database, reader, migrations, options)
    finally:
        database.close()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).split(b"\n") if line]


def rows(path: Path) -> list[dict[str, Any]]:
    """The lines without header and footer, in which the time and the kind of database are."""
    return lines(path)[1:-1]


def test_every_value_of_every_table_is_restored(
    full_database: Database, empty_database_url: str, tmp_path: Path
) -> None:
    # Both kinds of database, from each to each.
    first = backup(full_database, tmp_path / "first")
    done = restore(empty_database_url, first)
    copy = Database(make_engine(empty_database_url))
    second = backup(copy, tmp_path / "second")
    copy.close()
    assert rows(second) == rows(first)
    assert done == Restored(2 * len(stored_rows.tables()), ())


def test_a_restored_backup_is_equal_byte_for_byte_but_for_its_time(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(make_engine(sqlite_url))
    with database.writing(SHELL) as ctx:
        fill_every_table(ctx.session)
    first = backup(database, tmp_path / "first")
    at = database.clock()
    database.close()
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    restore(url, first)
    copy = Database(make_engine(url), clock=lambda: at)
    second = backup(copy, tmp_path / "second")
    copy.close()
    made_at = lines(first)[0]["made_at"], lines(second)[0]["made_at"]
    body = [
        gzip.decompress(path.read_bytes()).rpartition(b"\n{")[0].replace(stamp.encode(), b"")
        for path, stamp in zip((first, second), made_at, strict=True)
    ]
    assert body[0] == body[1]


def test_new_rows_get_numbers_after_the_restored_ones(
    sqlite_database: Database, postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with sqlite_database.writing(SHELL) as ctx:
        make_service(ctx)
    path = backup(sqlite_database, tmp_path / "backup")
    with postgres.empty() as url:
        restore(url, path)
        copy = Database(make_engine(url))
        with copy.writing(SHELL) as ctx:
            make_service(ctx, "cards")
            assert stored_rows.count_rows(ctx.session, "service") == 2
        copy.close()


def test_a_backup_is_one_consistent_state(database: Database) -> None:
    out = io.BytesIO()
    with database.reading(SHELL) as ctx:
        before = stored_rows.count_rows(ctx.session, "service")
        with database.writing(SHELL) as other:
            make_service(other)
        write_backup(ctx, out, BackupOptions(KEY))
    header = json.loads(gzip.decompress(out.getvalue()).splitlines()[0])
    assert header["rows"]["service"] == before == 0


def test_only_an_admin_gets_a_backup(sqlite_database: Database) -> None:
    editor = Actor(ActorKind.USER, "Ben", Role.EDITOR)
    with sqlite_database.reading(editor) as ctx, pytest.raises(ForbiddenError):
        write_backup(ctx, io.BytesIO(), BackupOptions(KEY))


# -- into which database ---------------------------------------------------------------------------


def test_a_migrated_database_without_content_counts_as_empty(
    full_backup: Path, empty_database_url: str
) -> None:
    url = empty_database_url
    upgrade(url)
    assert restore(url, full_backup).rows == 2 * len(stored_rows.tables())


def test_a_database_of_an_older_schema_without_content_counts_as_empty(
    full_backup: Path, empty_database_url: str
) -> None:
    upgrade(empty_database_url)
    downgrade(empty_database_url, "-1")
    restore(empty_database_url, full_backup)
    engine = make_engine(empty_database_url)
    assert schema.is_current(engine)
    engine.dispose()


def test_a_database_with_content_is_refused_and_unchanged(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    path = backup(database, tmp_path / "backup")
    with database.writing(SHELL) as ctx:
        make_service(ctx)
    with pytest.raises(ConflictError, match=r"audit_entry \(1\), service \(1\)"):
        restore(database_url, path)
    with database.reading() as ctx:
        assert stored_rows.count_rows(ctx.session, "service") == 1


def test_a_row_that_does_not_fit_leaves_the_database_empty(
    full_backup: Path, empty_database_url: str, tmp_path: Path
) -> None:
    path = changed(
        full_backup,
        tmp_path / "changed",
        lambda line: line.replace('"t":"service"', '"t":"servics"'),
    )
    with pytest.raises(InvalidError, match="There is no table 'servics'"):
        restore(empty_database_url, path)
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        assert inspect(connection).has_table("service")
        assert connection.execute(text("SELECT count(*) FROM audit_entry")).scalar() == 0
    engine.dispose()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"known_since":"', '"known_until":"', "has no column 'known_until'"),
        ('"known_since":"2021', '"known_since":"then', "known_since of service has a value of"),
        ('"position":1', '"position":{"a":1}', "position of service has a value of another kind"),
        ('"created_at":"2021-09-30T15:01:15.123456Z",', "", "The table service refuses rows"),
        ('"group_id":1', '"group_id":77', "refuses rows: FOREIGN KEY"),
        ('"position":1', f'"position":1{"0" * 30}', "service refuses rows: a number is too large"),
    ],
)
def test_a_changed_row_is_named(
    full_backup: Path,
    sqlite_url: str,
    tmp_path: Path,
    old: str,
    new: str,
    reason: str,
) -> None:
    def change(line: str) -> str:
        return line.replace(old, new) if line.startswith('{"t":"service"') else line

    path = changed(full_backup, tmp_path / "changed", change)
    with pytest.raises(InvalidError, match=reason):
        restore(sqlite_url, path)


# -- the file --------------------------------------------------------------------------------------


def changed(path: Path, to: Path, change: Callable[[str], str]) -> Path:
    """The backup with changed lines and a footer that fits them."""
    content = gzip.decompress(path.read_bytes()).decode()
    body = [change(line) for line in content.split("\n")[:-2]]
    header = json.loads(body[0])
    counted: dict[str, int] = {}
    for line in body[1:]:
        name = json.loads(line).get("t")
        counted[name] = counted.get(name, 0) + 1
    header["rows"] = counted
    text_ = "".join(
        f"{line}\n"
        for line in [json.dumps(header, ensure_ascii=False, separators=(",", ":")), *body[1:]]
    )
    end = {"rows": len(body) - 1, "sha256": hashlib.sha256(text_.encode()).hexdigest()}
    to.write_bytes(gzip.compress((text_ + json.dumps({"end": end}) + "\n").encode()))
    return to


def assert_refused(path: Path, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason), BackupReader(path):
        pass


def test_a_cut_off_file_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    path = backup(sqlite_database, tmp_path / "backup")
    whole = path.read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert_refused(path, "backup (is cut off|is damaged|is not a backup)")


def test_a_file_without_its_footer_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    path = backup(sqlite_database, tmp_path / "backup")
    stated = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(stated[:-1])))
    assert_refused(path, "its last line is missing")


def test_one_changed_letter_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    path = backup(sqlite_database, tmp_path / "backup")
    stated = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(stated.replace(b"Etc/UTC", b"Etc/UCT").replace(b"UTC", b"UCT")))
    assert_refused(path, "was changed after it was written")


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"{}\n", b"\x1f\x8b\x08\0garbage"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert_refused(tmp_path / "file", r"file is (damaged|cut off)")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[]", "line 1 is not a line of a backup"),
        (b"{", "line 1 is not a line of a backup"),
        (b"[" * 100_000, "line 1 is not a line of a backup"),
        (b'{"format":"fyr-backup-2"}', "not a backup in the format fyr-backup-1"),
        (b'{"format":"fyr-backup-1"}', "the first line is not complete"),
    ],
)
def test_another_document_is_refused(tmp_path: Path, line: bytes, reason: str) -> None:
    (tmp_path / "file").write_bytes(gzip.compress(line + b"\n"))
    assert_refused(tmp_path / "file", reason)


def test_a_backup_of_a_newer_version_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    path = backup(sqlite_database, tmp_path / "backup")
    with BackupReader(path) as reader:
        reader.header = replace(reader.header, revision="ffffffffffff", version="9.0")
        migrations = Migrations(lambda _: None, lambda: None)
        with pytest.raises(InvalidError, match=r"made by Fyr 9\.0, which is newer"):
            restore_backup(sqlite_database, reader, migrations, OPTIONS)


# -- secrets and personal data ---------------------------------------------------------------------


def test_another_key_is_refused(full_backup: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with pytest.raises(InvalidError, match="encrypted with another key"):
        restore(url, full_backup, RestoreOptions(["ffff"]))
    engine = create_engine(url)
    assert not inspect(engine).get_table_names()
    engine.dispose()


def test_without_secrets_the_rest_is_restored_and_the_secrets_are_listed(
    full_backup: Path, database_url: str, tmp_path: Path
) -> None:
    done = restore(database_url, full_backup, RestoreOptions([], with_secrets=False))
    copy = Database(make_engine(database_url))
    again = rows(backup(copy, tmp_path / "again"))
    copy.close()
    found = {(line["t"], line["r"].get("id")): line["r"] for line in again}
    assert found["source", 1]["secrets"] == []
    assert "totp_secret" not in found["user_account", 1]
    assert "secrets" not in found["subscriber", 1]
    assert found["subscriber", 1]["state"] == "stopped"
    assert not {"installation_secret", "recovery_code"} & {table for table, _ in found}
    assert [each.partition(" ")[0] for each in done.lost] == [
        "channel",
        "source",
        "webhook",
        "translation",
        "authenticator",
        "2",
        "2",
    ]


def test_without_personal_data_no_address_and_no_name_of_a_person_is_in_it(
    sqlite_database: Database, tmp_path: Path
) -> None:
    ada = Actor(ActorKind.USER, "ada@example.com", Role.ADMIN, "u1")
    with sqlite_database.writing(SHELL) as ctx:
        add_user(ctx, "ada@example.com", Role.ADMIN)
    with sqlite_database.writing(ada) as ctx:
        make_subscriber(ctx, "vera@example.net")
        make_incident(ctx)
    path = backup(sqlite_database, tmp_path / "backup", with_personal_data=False)
    content = gzip.decompress(path.read_bytes()).decode()
    assert "ada@" not in content
    assert "vera@" not in content
    assert not lines(path)[0]["is_complete"]
    restore(f"sqlite:///{tmp_path / 'copy.db'}", path)


def test_each_table_is_personal_or_not() -> None:
    # A new table has to be put on one of the lists, here or in personal_data.py.
    impersonal = {
        "alert",
        "chain",
        "chain_evidence",
        "channel",
        "counter",
        "evidence",
        "forecast",
        "former_path",
        "former_text",
        "glossary_term",
        "hook_event",
        "hook_usage",
        "horizon",
        "horizon_warning",
        "imported_interval",
        "incident",
        "incident_note",
        "incident_update",
        "incident_update_service",
        "installation_secret",
        "lane",
        "language_demand",
        "logo",
        "maintenance",
        "maintenance_occurrence",
        "maintenance_service",
        "maintenance_update",
        "notice",
        "page",
        "postmortem",
        "probe",
        "removed_entries",
        "revision",
        "route",
        "saved_reply",
        "service",
        "service_alias",
        "service_group",
        "sighting",
        "source",
        "target",
        "target_service",
        "template",
        "translation_outcome",
        "translation_provider",
        "uptime_interval",
        "worker_mark",
    }
    assert impersonal | LEFT_OUT | PERSONAL_ROWS.keys() == set(stored_rows.tables())
    assert not impersonal & (LEFT_OUT | PERSONAL_ROWS.keys())


def test_names_of_authors_are_left_out_of_texts(sqlite_database: Database, tmp_path: Path) -> None:
    origin = TextOrigin(OriginKind.PERSON, "Ada Lovelace")
    text_ = LocalizedText("en", 1, {"en": Translation("Cards", 1, origin)})
    with sqlite_database.writing(SHELL) as ctx:
        add_service(ctx, "cards", text_)
    path = backup(sqlite_database, tmp_path / "backup", with_personal_data=False)
    assert "Lovelace" not in gzip.decompress(path.read_bytes()).decode()
