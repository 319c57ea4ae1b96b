"""Fyr behind PgBouncer in transaction mode."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, text

from app.db import migrate, revisions
from app.db.engine import make_engine, reading, writing
from app.db.poolers import PooledError
from app.db.queries.page.page import increment_revision
from tests.databases import PostgresDatabases
from tests.db.pgbouncer import PGBOUNCER, pooled
from tests.fakes import NOON

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer")


@pytest.fixture(scope="module")
def engine(postgres: PostgresDatabases) -> Iterator[Engine]:
    with postgres.migrated() as direct, pooled(direct) as url:
        engine = make_engine(url, timeout_seconds=7)
        yield engine
        engine.dispose()


def show(engine: Engine, name: str) -> str:
    with writing(engine) as session:
        return str(session.execute(text(f"SHOW {name}")).scalar_one())


def test_the_time_out_is_that_of_the_transaction_and_stays_nowhere(engine: Engine) -> None:
    assert show(engine, "statement_timeout") == "7s"
    other = make_engine(engine.url.render_as_string(hide_password=False), timeout_seconds=3)
    for _ in range(5):
        assert show(other, "statement_timeout") == "3s"
        assert show(engine, "statement_timeout") == "7s"
    other.dispose()


def test_statements_are_repeated_on_any_connection_of_the_server(engine: Engine) -> None:
    # psycopg prepares a statement when it is executed for the sixth time.
    with engine.connect() as one, engine.connect() as two:
        for _ in range(10):
            for each in (one, two):
                assert each.execute(text("SELECT :number"), {"number": 1}).scalar_one() == 1
                each.rollback()


def test_a_read_is_of_one_moment(engine: Engine) -> None:
    with reading(engine) as session:
        assert session.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"


def test_revisions_of_other_processes_are_noticed(engine: Engine) -> None:
    seen: list[int] = []
    stop, changed = Event(), Event()

    def note(revision: int) -> None:
        seen.append(revision)
        if revision > seen[0]:
            changed.set()

    thread = Thread(target=revisions.watch, args=(engine, note, stop))
    thread.start()
    try:
        while not seen:
            stop.wait(0.01)
        with writing(engine) as session:
            increment_revision(session, NOON)
        assert changed.wait(60)
    finally:
        stop.set()
        thread.join()


def test_a_migration_is_refused_and_says_what_to_do(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(PooledError, match="FYR_DATABASE_URL"):
        migrate.downgrade(url, "base")
