"""Engines and transactions on SQLite (embedded) and PostgreSQL."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlmodel import Session

from app.db.poolers import is_pooled, prepare_connections
from app.db.snapshot import begin_snapshot

__all__ = [
    "DEFAULT_POOL_SIZE",
    "close",
    "for_reading",
    "intake_connection",
    "make_engine",
    "reading",
    "set_durable",
    "small_connection",
    "writing",
]

DEFAULT_POOL_SIZE = 15

_READING = "fyr_reading"
_NO_WAIT = "fyr_no_wait"
_DEFERRED_SYNC = "fyr_deferred_sync"
# libpq's PQTRANS_ACTIVE: a statement is under way.
_ACTIVE = 1
_BUSY_TIMEOUT = 5000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_TIMEOUT}",
    # In KiB, for each connection, and each thread has one: the kernel caches the file anyway.
    "cache_size=-256",
)
# Without these a thread waits for minutes, as TCP does, when the server vanishes from the network.
_TCP_TIMEOUTS = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def make_engine(
    url: str, *, timeout_seconds: float = 30, pool_size: int = DEFAULT_POOL_SIZE
) -> Engine:
    """An engine for `url`, with the pragmas and time-outs each database needs.

    SQLite: WAL, `synchronous=FULL` (a 2xx survives a power cut), foreign keys, 5 s busy time-out.
    PostgreSQL ends a statement after `timeout_seconds`; a connection without an answer is closed
    shortly after. At most `pool_size` connections are open at once; a third of them stays open.
    Errors never contain the parameters: these can be secrets or personal data.
    """
    kept = -(-pool_size // 3)
    sizes = {"pool_size": kept, "max_overflow": pool_size - kept}
    if url.startswith("sqlite"):
        engine = create_engine(
            url, hide_parameters=True, connect_args={"check_same_thread": False}, **sizes
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A pooler refuses `options`, with which a connection could be opened with this time-out.
    engine = create_engine(
        url, pool_pre_ping=True, hide_parameters=True, connect_args=_TCP_TIMEOUTS, **sizes
    )
    prepare_connections(engine, timeout_seconds)
    event.listen(engine, "do_connect", _ConnectWithTimeout(timeout_seconds * 1.2))
    return engine


class _ConnectWithTimeout:
    """Event handler that opens PostgreSQL connections which wait `seconds` for an answer at most.

    A server process that is stopped (SIGSTOP), or a proxy in front of it that is, keeps its
    connections open and sends nothing: no TCP time-out ends that wait.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._connection_class: Any = None

    def __call__(
        self, dialect: Dialect, _record: object, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401  # a driver connection
        if self._connection_class is None:
            # Not imported on SQLite: psycopg takes nine megabytes.
            self._connection_class = _with_timeout(dialect.loaded_dbapi, self._seconds)
        return self._connection_class.connect(*args, **kwargs)


def _with_timeout(driver: Any, seconds: float) -> Any:  # noqa: ANN401  # module and class
    class Connection(driver.Connection):  # type: ignore[misc]
        def wait(
            self, steps: object, interval: float = 0.1, timeout: float | None = None
        ) -> object:
            try:
                return super().wait(steps, interval, timeout or seconds)
            except driver.OperationalError:
                if self.pgconn.transaction_status == _ACTIVE:
                    # A late answer would be taken for the answer to the next statement.
                    self.pgconn.finish()
                raise

    return Connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401
    # Switches the driver's own transaction handling off: `_begin_sqlite` sends BEGIN.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins with a read and writes later fails with SQLITE_BUSY when another one
    # has written in between. BEGIN IMMEDIATE takes the write lock at once and waits for it.
    options = connection.get_execution_options()
    if options.get(_READING, False):
        connection.exec_driver_sql("BEGIN")
        return
    _set_synchronous(connection, "NORMAL" if options.get(_DEFERRED_SYNC, False) else "FULL")
    if not options.get(_NO_WAIT, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")


def _set_synchronous(connection: Connection, wanted: str) -> None:
    """Set when commits of this connection reach the disk. SQLite allows it outside transactions."""
    if connection.info.get(_DEFERRED_SYNC, "FULL") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info[_DEFERRED_SYNC] = wanted


@contextmanager
def writing(engine: Engine, *, wait: bool = True, durable: bool = True) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any exception.

    Without `wait` it fails at once while another transaction holds the write lock of SQLite.
    A commit of SQLite that is not `durable` survives the end of every process, but not a loss of
    power until the next durable commit of any process. PostgreSQL ignores it: there, a crash of the
    server would lose it too.
    """
    options = {_NO_WAIT: not wait, _DEFERRED_SYNC: not durable}
    bound = engine if wait and durable else engine.execution_options(**options)
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


def small_connection(engine: Engine) -> Connection:
    """A connection for small transactions that are not durable, one after the other."""
    return set_durable(engine.connect(), durable=False)


def set_durable(connection: Connection, *, durable: bool) -> Connection:
    """Set whether the next commits of this connection are durable, as for `writing`."""
    return connection.execution_options(**{_DEFERRED_SYNC: not durable})


def intake_connection(engine: Engine) -> Connection:
    """A connection for durable transactions of `hook_intake`, one after the other.

    On PostgreSQL the driver begins no transaction: `hook_intake` does so with its first statement.
    Through a pooler the driver begins it, with the time-out of its statements.
    """
    connection = engine.connect()
    if engine.dialect.name != "postgresql" or is_pooled(connection):
        return connection
    return connection.execution_options(isolation_level="AUTOCOMMIT")


def for_reading(engine: Engine) -> Engine:
    """The engine with transactions that take no write lock of SQLite."""
    return engine.execution_options(**{_READING: True})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One read transaction on a consistent state of the database; rolled back at the end."""
    with Session(for_reading(engine), expire_on_commit=False) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        begin_snapshot(session)
        yield session
        session.rollback()


def close(engine: Engine) -> None:
    """Close all connections; write the WAL file of SQLite into the database.

    The last process that closes an SQLite database deletes the WAL file: a copy of the one file
    that is left has every transaction. Errors are ignored: the next start reads the WAL file.
    """
    engine.dispose()
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or not Path(f"{file}-wal").exists():
        return
    with (
        suppress(OSError, sqlite3.Error),
        _alone_in_folder(Path(file).parent),
        closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


@contextmanager
def _alone_in_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder.

    SQLite deletes the WAL file when the last connection is closed. Of two processes that close
    theirs at one moment, each can find the other's still open.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
