import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, inspect, text

from tests.databases import KEPT_CONNECTION, PostgresDatabases, Run, memory_folder

ROOT = Path(__file__).resolve().parent.parent

# A run of its own that starts PostgreSQL, says where, and then does nothing until it is ended.
_RUN = """
import signal, time
from tests import postgres
from tests.databases import Run
# A shell that runs jobs in the background lets them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
run = Run.begin()
postgres.start(run.folder, run.pipe)
print(run.folder, flush=True)
try:
    time.sleep(60)
finally:
    run.end()
"""


def tables_of(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_migrated_database_has_tables(database_url: str) -> None:
    assert "alembic_version" in tables_of(database_url)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_database_of_its_own(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (n INTEGER)"))  # fails if it is there
    engine.dispose()
    assert "left_behind" in tables_of(database_url)


def wait_until_tests_are_disconnected(url: str) -> None:
    """A server ends a connection some time after its client has closed it."""
    connected = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name <> %s
    """
    plain = url.replace("+psycopg", "")
    name = conninfo_to_dict(plain)["dbname"]
    deadline = time.monotonic() + 60
    with psycopg.connect(plain, dbname="postgres", autocommit=True) as connection:
        while connection.execute(connected, [name, KEPT_CONNECTION]).fetchone() != (0,):
            assert time.monotonic() < deadline, "somebody stays connected"
            time.sleep(0.01)


@pytest.mark.parametrize("turn", [1, 2])  # the second one has a database that was used before
def test_a_database_that_is_used_again_is_as_it_was(postgres: PostgresDatabases, turn: int) -> None:
    def rows(url: str) -> list[object]:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            counted = connection.execute("SELECT (SELECT count(*) FROM service), name FROM page")
            return list(counted.fetchall())

    with postgres.migrated() as url:
        before = rows(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("""
                INSERT INTO service (public_id, slug, name, position, known_since, created_at,
                                     updated_at)
                VALUES ('x', 'x', '{}', 1, now(), now(), now())
                """)
            connection.execute("DELETE FROM page")
        assert rows(url) == []
        wait_until_tests_are_disconnected(url)
    with postgres.migrated() as again:
        assert again == url
        assert rows(again) == before


def test_a_database_whose_tables_were_changed_is_not_used_again(
    postgres: PostgresDatabases,
) -> None:
    with postgres.migrated() as url, psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE service DROP COLUMN slug")
    with postgres.migrated() as another:
        assert another != url


@pytest.fixture
def closed_last() -> Iterator[ExitStack]:
    """What is closed after every other fixture, when the test names this one first."""
    with ExitStack() as stack:
        yield stack


def test_a_database_is_dropped_although_the_test_left_it_open(
    closed_last: ExitStack, postgres: PostgresDatabases
) -> None:
    with postgres.migrated() as url:
        engine = create_engine(url)
        closed_last.callback(engine.dispose)
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
        closed_last.callback(connection.invalidate)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.replace("+psycopg", ""))


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    assert tables_of(empty_database_url) == set()


def test_the_sqlite_database_is_migrated_too(sqlite_url: str) -> None:
    assert "alembic_version" in tables_of(sqlite_url)


@pytest.fixture
def other_run() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_nothing_of_postgres_is_left_when_a_run_ends_by(
    other_run: subprocess.Popen[str], ending: signal.Signals
) -> None:
    assert other_run.stdout is not None
    folder = Path(other_run.stdout.readline().strip())
    server = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    os.killpg(other_run.pid, ending)
    other_run.wait()

    deadline = time.monotonic() + 15
    while (folder.exists() or Path(f"/proc/{server}").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not Path(f"/proc/{server}").exists()


def test_only_the_first_process_does_what_is_done_once(tmp_path: Path) -> None:
    turns = []
    for _ in range(2):
        with Run(tmp_path).once("thing") as first:
            turns.append(first)
    assert turns == [True, False]


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Run(tmp_path).once("thing"):
        raise ZeroDivisionError
    with Run(tmp_path).once("thing") as first:
        assert first


def test_databases_are_in_memory_where_there_is_room(tmp_path: Path) -> None:
    assert memory_folder(tmp_path, least_bytes=1) == tmp_path


def test_databases_are_on_disk_where_memory_is_short_or_absent(tmp_path: Path) -> None:
    assert memory_folder(tmp_path, least_bytes=2**62) is None
    assert memory_folder(tmp_path / "none", least_bytes=1) is None
