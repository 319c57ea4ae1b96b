"""Commits are noticed without a query on any table."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, make_url, text

from app.db.commits import CommitCounter, watch_commits
from app.db.engine import close, make_engine, reading, writing
from app.db.queries.page.page import increment_revision
from tests.fakes import NOON


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    close(made)


@pytest.fixture
def counter(engine: Engine) -> Iterator[CommitCounter]:
    """A counter after its first look."""
    made = CommitCounter(engine)
    assert made.has_changed()
    yield made
    made.close()


def commit(engine: Engine) -> None:
    with writing(engine) as session:
        increment_revision(session, NOON)


def settles(counter: CommitCounter) -> bool:
    """Whether it reports no change at some look.

    On PostgreSQL it counts the transactions of all databases: those of tests that run beside too.
    """
    return any(not counter.has_changed() for _ in range(200))


def test_a_commit_is_noticed_once(engine: Engine, counter: CommitCounter) -> None:
    for _ in range(3):
        commit(engine)
        assert counter.has_changed()
    assert settles(counter)


def test_a_commit_of_another_process_is_noticed(database_url: str, counter: CommitCounter) -> None:
    other = make_engine(database_url)
    commit(other)
    close(other)
    assert counter.has_changed()


def test_reading_is_no_commit(engine: Engine, counter: CommitCounter) -> None:
    def is_noticed() -> bool:
        with reading(engine) as session:
            session.execute(text("SELECT count(*) FROM page"))
        return counter.has_changed()

    assert not all(is_noticed() for _ in range(50))  # on PostgreSQL, other tests may commit


def test_a_write_transaction_is_noticed_when_it_ends(
    engine: Engine, counter: CommitCounter
) -> None:
    with writing(engine) as session:
        increment_revision(session, NOON)
        session.flush()
        counter.has_changed()
        assert settles(counter)
    assert counter.has_changed()


def test_of_two_transactions_the_one_that_began_first_is_noticed_though_it_ends_last(
    engine: Engine, counter: CommitCounter
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one write transaction at a time.")
    with writing(engine) as first:
        first.execute(text("UPDATE page SET undo_seconds = undo_seconds"))
        commit(engine)
        assert counter.has_changed()
        assert settles(counter)
    assert counter.has_changed()


def test_looking_holds_no_transaction_open(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    counter = CommitCounter(engine)
    counter.has_changed()
    file = sqlite3.connect(make_url(sqlite_url).database or "")
    commit(engine)
    counter.has_changed()
    # An open read transaction would keep the checkpoint from truncating the WAL file.
    busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    file.close()
    counter.close()
    close(engine)


def test_the_wal_file_is_gone_when_a_watched_database_is_closed(sqlite_url: str) -> None:
    engine, stop = make_engine(sqlite_url), Event()
    commit(engine)
    watch_commits(engine, lambda _changed: stop.set(), stop)
    close(engine)
    assert not Path(f"{make_url(sqlite_url).database}-wal").exists()


def test_after_a_lost_connection_everything_may_have_been_committed(
    engine: Engine, counter: CommitCounter
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server.")
    with writing(engine) as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert counter.has_changed()  # the look that fails
    assert counter.has_changed()  # the first one of the next connection
    assert settles(counter)
    commit(engine)
    assert counter.has_changed()


def test_a_database_that_cannot_be_opened_may_have_been_changed(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/missing/fyr.db")
    counter = CommitCounter(engine)
    assert counter.has_changed()
    assert counter.has_changed()
