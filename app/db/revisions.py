"""Revisions: reports each new revision, whichever process has written it."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.db.file_changes import FileChanges
from app.db.poolers import is_pooled
from app.db.queries.page.page import REVISION_CHANNEL

__all__ = ["watch"]

_STATEMENT = "SELECT number FROM revision"
_POLL_SECONDS = 0.05
# Where the kernel reports changes: the pause after one, for how long its commit is awaited by
# polling, how often the revision is read without a change, and after what time `stop` is noticed.
_AFTER_CHANGE_SECONDS = 0.002
_COMMIT_SECONDS = 0.5
_READ_SECONDS = 1.0
_STOP_SECONDS = 0.1
# PostgreSQL notifies, and a lost connection is an error. The revision is read once a second
# besides, to notice a server that does not answer. After the time below, `stop` is noticed.
_NOTIFY_SECONDS = 0.4
# Through a pooler nothing is notified.
_POOLED_SECONDS = 0.2

RevisionCallback = Callable[[int], None]


def watch(engine: Engine, on_revision: RevisionCallback, stop: Event) -> None:
    """Call `on_revision` with the revision after each change and at intervals, until `stop`.

    Raises DBAPIError when the database does not answer.
    """
    if engine.dialect.name != "postgresql":
        _poll(engine, on_revision, stop)
        return
    with engine.connect() as connection:
        lasting = connection.execution_options(isolation_level="AUTOCOMMIT")
        if is_pooled(connection):
            _poll_pooled(lasting, on_revision, stop)
        else:
            _listen(lasting, on_revision, stop)


def _poll_pooled(connection: Connection, on_revision: RevisionCallback, stop: Event) -> None:
    # The pooler would leave LISTEN on a connection that others use next.
    driver: Any = connection.connection.driver_connection
    failure: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        while not stop.is_set():
            (number,) = driver.execute(_STATEMENT).fetchone()
            on_revision(int(number))
            stop.wait(_POOLED_SECONDS)
    except failure as error:
        raise DBAPIError(_STATEMENT, None, error) from error


def _poll(engine: Engine, on_revision: RevisionCallback, stop: Event) -> None:
    failure: type[Exception] = engine.dialect.loaded_dbapi.Error
    with ExitStack() as stack:
        pause: Callable[[float], object] = stop.wait
        with suppress(OSError):
            changes = stack.enter_context(FileChanges(Path(engine.url.database or "")))
            pause = _WaitForChange(changes, stop)
        try:
            while not stop.is_set():
                on_revision(_read_revision(engine))
                pause(_POLL_SECONDS)
        except failure as error:
            raise DBAPIError(_STATEMENT, None, error) from error


def _read_revision(engine: Engine) -> int:
    """The revision, from the driver: that takes 13 microseconds, and a session 230."""
    with closing(engine.raw_connection()) as connection:
        (number,) = connection.cursor().execute(_STATEMENT).fetchone()
    return int(number)


class _WaitForChange:
    """Lets a poll wait for a change, but for a second at most.

    Polls go on for half a second after a change, because the commit follows the write.
    """

    def __init__(self, changes: FileChanges, stop: Event) -> None:
        self._changes = changes
        self._stop = stop
        self._changed_at = time.monotonic()

    def __call__(self, seconds: float) -> None:
        began = time.monotonic()
        while not self._stop.is_set():
            is_settling = time.monotonic() - self._changed_at < _COMMIT_SECONDS
            if self._changes.wait(seconds if is_settling else _STOP_SECONDS):
                self._changed_at = time.monotonic()
                self._stop.wait(_AFTER_CHANGE_SECONDS)
                return
            if is_settling or time.monotonic() - began >= _READ_SECONDS:
                return


def _listen(connection: Connection, on_revision: RevisionCallback, stop: Event) -> None:
    connection.exec_driver_sql(f"LISTEN {REVISION_CHANNEL}")
    driver: Any = connection.connection.driver_connection
    # By way of the dialect: importing psycopg here would take nine megabytes on SQLite too.
    failure: type[Exception] = connection.dialect.loaded_dbapi.Error
    next_read_at = 0.0
    try:
        while not stop.is_set():
            if time.monotonic() >= next_read_at:
                (number,) = driver.execute(_STATEMENT).fetchone()
                next_read_at = time.monotonic() + _READ_SECONDS
                on_revision(int(number))
            for _ in driver.notifies(timeout=_NOTIFY_SECONDS, stop_after=1):
                next_read_at = 0.0
    except failure as error:
        raise DBAPIError(_STATEMENT, None, error) from error
    finally:
        # The pool must not reuse a connection that listens.
        connection.invalidate()
