"""Commits: notices that some process has committed, for far less than a query costs."""

from collections.abc import Callable
from threading import Event
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["CommitCounter", "watch_commits"]

_LOOK_SECONDS = 0.5
# Its value changes with each commit of another connection (https://sqlite.org/pragma.html), and
# reading it takes 4 microseconds of processor time. The connection that asks never writes.
_SQLITE = "PRAGMA data_version"
# The transactions that are in progress, and the next one: a transaction that has written and ends
# changes it. Every writer would have to send NOTIFY, whose lock lets one transaction of the whole
# server commit at a time. Writers of other databases of the server change it too, which costs no
# more than calling the jobs in vain.
_POSTGRESQL = "SELECT pg_current_snapshot()::text"


class CommitCounter:
    """Counter that the database changes with each commit, compared from look to look.

    It has a connection of its own, which it opens when it looks for the first time, and again after
    a failure.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statement = _POSTGRESQL if engine.dialect.name == "postgresql" else _SQLITE
        self._driver: Any = None
        self._last: object = None

    def has_changed(self) -> bool:
        """Whether anything may have been committed since the last look.

        That is True at the first look, and whenever the database does not answer.
        """
        try:
            if self._driver is None:
                self._driver = self._connect()
            # Without fetchall, SQLite would keep its read transaction open.
            found = self._driver.execute(self._statement).fetchall()[0][0]
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            self.close()
            return True
        has_changed: bool = found != self._last
        self._last = found
        return has_changed

    def close(self) -> None:
        """Close the connection; the next look opens another one."""
        driver, self._driver, self._last = self._driver, None, None
        if driver is not None:
            driver.close()

    def _connect(self) -> Any:  # noqa: ANN401  # a driver connection
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        # The pool must not reuse a connection in another mode, nor wait for one that is never
        # returned.
        pooled.detach()
        if self._engine.dialect.name == "postgresql":
            driver.autocommit = True
        return driver


def watch_commits(engine: Engine, on_look: Callable[[bool], object], stop: Event) -> None:
    """Call `on_look` twice a second, with whether anything may have been committed, until `stop`.

    Failures of the database are not raised: while it does not answer, every look says that.
    """
    counter = CommitCounter(engine)
    try:
        while not stop.is_set():
            on_look(counter.has_changed())
            stop.wait(_LOOK_SECONDS)
    finally:
        counter.close()
