"""Engines and transactions on SQLite (embedded) and PostgreSQL."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlmodel import Session

__all__ = ["make_engine", "reading", "writing"]

_READING = "fyr_reading"
_NO_WAIT = "fyr_no_wait"
# libpq's PQTRANS_ACTIVE: a statement is under way.
_ACTIVE = 1
_BUSY_TIMEOUT = 5000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_TIMEOUT}",
    # Kibibytes for each connection, and each thread has one: the kernel keeps the file anyway.
    "cache_size=-256",
)
# A PostgreSQL that has silently gone must not hold a thread for the minutes TCP would wait.
_GIVING_UP = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def make_engine(url: str, *, patience_seconds: float = 30) -> Engine:
    """An engine for `url`, with the pragmas and time-outs each database needs.

    SQLite: WAL, `synchronous=FULL` (a 2xx survives a power cut), foreign keys, 5 s of patience.
    PostgreSQL ends a statement after `patience_seconds`; when it is not heard then, it is given up.
    Errors never repeat what was sent: it can be a secret or somebody's words.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c statement_timeout={patience_seconds * 1000:.0f}"
    engine = create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, **_GIVING_UP},
    )
    event.listen(engine, "do_connect", _Patient(patience_seconds * 1.2))
    return engine


class _Patient:
    """Connects to PostgreSQL so that no answer is waited for longer than this.

    A server that is stopped, or stands behind a proxy that is, keeps its connections open and says
    nothing: the thread that waits would do so for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kind: Any = None

    def __call__(
        self, dialect: Dialect, _record: object, words: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401  # what the driver gives
        if self._kind is None:
            # On SQLite the driver's nine megabytes stay out.
            self._kind = _patient(dialect.loaded_dbapi, self._seconds)
        return self._kind.connect(*words, **named)


def _patient(driver: Any, seconds: float) -> Any:  # noqa: ANN401  # a module and a class of it
    class Connection(driver.Connection):  # type: ignore[misc]
        def wait(self, talk: object, interval: float = 0.1, timeout: float | None = None) -> object:
            try:
                return super().wait(talk, interval, timeout or seconds)
            except driver.OperationalError:
                if self.pgconn.transaction_status == _ACTIVE:
                    # An answer that came later would be taken for that to another question.
                    self.pgconn.finish()
                raise

    return Connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401
    # The driver's own transaction handling is switched off: _begin_sqlite says BEGIN.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader can fail half-way, when it finds that another wrote first.
    options = connection.get_execution_options()
    if options.get(_READING, False):
        connection.exec_driver_sql("BEGIN")
        return
    if not options.get(_NO_WAIT, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")


@contextmanager
def writing(engine: Engine, *, wait: bool = True) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any exception.

    Without `wait` it fails at once while another transaction holds the write lock of SQLite.
    """
    bound = engine if wait else engine.execution_options(**{_NO_WAIT: True})
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent look at the database; nothing done in it is kept."""
    with Session(engine.execution_options(**{_READING: True}), expire_on_commit=False) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()
