"""Changes of a database: seen at once, whoever writes, and none where nothing was written."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from app.db import revisions
from app.db.engine import make_engine
from app.db.file_changes import FileChanges
from app.usecases.context import SHELL
from app.usecases.database import Database
from tests.databases import PostgresDatabases
from tests.factories import make_service

LONG = 30.0


def write(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE revision SET number = number + 1")


def database_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_write_of_another_connection_ends_the_wait(sqlite_url: str) -> None:
    with FileChanges(database_file(sqlite_url)) as changes:
        write(database_file(sqlite_url))
        assert changes.wait(LONG)


def test_a_read_and_a_write_to_another_file_end_no_wait(sqlite_url: str, tmp_path: Path) -> None:
    file = database_file(sqlite_url)
    write(file)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("SELECT number FROM revision").fetchone()
        with FileChanges(file) as changes:
            reader.execute("SELECT number FROM revision").fetchone()
            (tmp_path / "snapshot").write_text("another file")
            assert not changes.wait(0)
            assert not changes.wait(0)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        FileChanges(tmp_path / "gone" / "fyr.db")


@pytest.mark.parametrize("how", ["inotify", "polling"])
def test_each_revision_is_reported(
    sqlite_url: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "polling":
        monkeypatch.setattr(revisions, "FileChanges", _none)
    _expect_each_revision(sqlite_url, monkeypatch)


def test_each_revision_is_notified(
    postgres: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.migrated() as url:
        _expect_each_revision(url, monkeypatch)


def _expect_each_revision(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a change, the revision is not read again before the end of the test.
    monkeypatch.setattr(revisions, "_READ_SECONDS", 1000.0)
    engine = make_engine(url)
    database = Database(engine)
    seen: list[int] = []
    stop, arrived = Event(), Event()

    def see(number: int) -> None:
        seen.append(number)
        arrived.set()

    thread = Thread(target=revisions.watch, args=(engine, see, stop))
    thread.start()
    for number in range(3):
        with database.writing(SHELL) as ctx:
            make_service(ctx, f"service-{number}")
        with database.reading() as ctx:
            (expected,) = (
                ctx.session.connection().exec_driver_sql("SELECT number FROM revision").one()
            )
        while expected not in seen:
            assert arrived.wait(LONG)
            arrived.clear()
    stop.set()
    thread.join()
    engine.dispose()
    assert seen == sorted(seen)


def _none(_database: Path) -> FileChanges:
    raise OSError("there is no inotify")
