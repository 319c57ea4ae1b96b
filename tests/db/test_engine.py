"""Transactions on both databases."""

import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from app.db.engine import close, make_engine, reading, writing
from app.db.migrate import upgrade
from tests.databases import PostgresDatabases
from tests.web.page_cache.cluster import Proxy


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


def number(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.execute(text("SELECT number FROM revision")).scalar_one())


def grow(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE revision SET number = number + 1"))


def test_a_transaction_is_committed_at_its_end(engine: Engine) -> None:
    before = number(engine)
    grow(engine)
    assert number(engine) == before + 1


def test_nothing_is_stored_of_one_that_fails(engine: Engine) -> None:
    before = number(engine)

    def fail() -> None:
        with writing(engine) as session:
            session.execute(text("UPDATE revision SET number = number + 1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert number(engine) == before


def test_nothing_is_stored_of_a_read(engine: Engine) -> None:
    before = number(engine)
    with reading(engine) as session:
        session.execute(text("UPDATE revision SET number = number + 1"))
    assert number(engine) == before


def test_a_look_sees_one_state_of_the_database(engine: Engine) -> None:
    with reading(engine) as session:
        query = text("SELECT number FROM revision")
        before = session.execute(query).scalar_one()
        grow(engine)
        assert session.execute(query).scalar_one() == before


def test_writers_at_the_same_time_wait_for_each_other(engine: Engine) -> None:
    before, together = number(engine), Barrier(4)

    def write(_: int) -> None:
        together.wait()
        for _ in range(5):
            grow(engine)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert number(engine) == before + 20


def test_what_is_stored_in_sqlite_survives_a_power_cut(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        fields = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert fields == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
    assert sqlite3.sqlite_version_info > (3, 35)


def test_an_error_never_repeats_what_was_sent(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as failed, reading(engine) as session:
        session.execute(text("SELECT nothing FROM nowhere WHERE x = :sent"), {"sent": "hunter2"})
    assert "hunter2" not in str(failed.value)


def test_a_server_that_says_nothing_is_given_up(postgres: PostgresDatabases) -> None:
    with postgres.migrated() as url:
        parts = make_url(url)
        proxy = Proxy(f"{parts.query['host']}/.s.PGSQL.5432")
        over_it = parts.set(host="127.0.0.1", port=proxy.port, query={})
        made = make_engine(over_it.render_as_string(hide_password=False), timeout_seconds=0.5)
        before = number(made)
        proxy.flowing.clear()
        with pytest.raises(DBAPIError):
            grow(made)
        proxy.flowing.set()
        assert number(made) == before
        made.dispose()
        proxy.close()


def test_a_commit_that_is_not_durable_leaves_the_next_one_durable(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    found = []
    for durable in (True, False, True):
        with writing(engine, durable=durable) as session:
            found.append(session.execute(text("PRAGMA synchronous")).scalar())
    engine.dispose()
    full, normal = 2, 1
    assert found == [full, normal, full]


def test_a_migration_of_sqlite_ends_with_a_durable_commit(tmp_path: Path) -> None:
    commits: list[int] = []

    def note(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        commits.append(driver.execute("PRAGMA synchronous").fetchone()[0])

    event.listen(Engine, "commit", note)
    try:
        upgrade(f"sqlite:///{tmp_path / 'empty.db'}")
    finally:
        event.remove(Engine, "commit", note)
    full, normal = 2, 1
    assert commits[-1] == full
    assert set(commits[:-1]) == {normal}


def test_the_last_process_that_closes_sqlite_leaves_one_file(sqlite_url: str) -> None:
    first, last = make_engine(sqlite_url), make_engine(sqlite_url)
    grow(first)
    grow(last)
    close(first)
    file = Path(make_url(sqlite_url).database or "")
    assert Path(f"{file}-wal").exists()
    close(last)
    assert not Path(f"{file}-wal").exists()
    assert not Path(f"{file}-shm").exists()


def test_a_copy_of_the_file_has_every_transaction_although_a_connection_is_left_open(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    left_open = engine.connect()
    grow(engine)
    expected = number(engine)
    close(engine)
    copy = shutil.copy(make_url(sqlite_url).database or "", tmp_path / "copy.db")
    left_open.close()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT number FROM revision").fetchone() == (expected,)
