"""A new SQLite database is created by one text, with the result of all migrations."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DatabaseError

from app.cli.database import ensure_schema
from app.db import creation
from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.db.schema import is_current
from app.settings import load_settings
from scripts.creation import statements

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'created.db'}")
    yield engine
    engine.dispose()


def content(engine: Engine) -> list[str]:
    with closing(sqlite3.connect(str(engine.url.database))) as database:
        return statements(database)


def test_a_created_database_is_what_the_migrations_make(tmp_path: Path, engine: Engine) -> None:
    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    upgrade(url)
    migrated = make_engine(url)
    with migrated.connect() as connection:
        row = connection.exec_driver_sql("SELECT public_id, created_at FROM page").one()
    creation.create(engine, row.public_id, datetime.fromisoformat(row.created_at))
    assert content(engine) == content(migrated), "run: python -m scripts.creation"
    migrated.dispose()


def test_a_creation_that_fails_leaves_nothing(engine: Engine) -> None:
    def refuse_last_row(action: int, table: str | None, *_others: object) -> int:
        refused = action == sqlite3.SQLITE_INSERT and table == "revision"
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_authorizer(refuse_last_row)

    event.listen(engine, "connect", prepare)
    with pytest.raises(DatabaseError, match="not authorized"):
        creation.create(engine, "first", NOW)
    assert content(engine) == []


def test_of_creations_at_once_one_creates(engine: Engine) -> None:
    threads = [
        Thread(target=creation.create, args=(engine, each, NOW)) for each in ("first", "second")
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with engine.connect() as connection:
        (found,) = connection.exec_driver_sql("SELECT public_id FROM page").scalars()
    assert found in {"first", "second"}
    assert is_current(engine)


def test_a_database_with_tables_stays_as_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
    before = content(engine)
    creation.create(engine, "first", NOW)
    assert content(engine) == before


def test_a_start_with_the_newest_schema_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, data_dir=tmp_path)
    ensure_schema(settings)
    with closing(sqlite3.connect(tmp_path / "fyr.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        ensure_schema(settings)
        assert writer.in_transaction
