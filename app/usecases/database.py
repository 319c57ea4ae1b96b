"""Database: opens use-case contexts and translates the errors of the driver."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Event, Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db import driver_errors, revisions
from app.db import engine as transactions
from app.db.commits import watch_commits
from app.db.queries.page import page
from app.domain.errors import ConflictError, InvalidError, UnavailableError
from app.ports.clock import Clock, system_clock
from app.ports.revision_listener import RevisionListener
from app.usecases import audit_chain
from app.usecases.audit_chain import ChainedEntry
from app.usecases.context import NOBODY, Actor, Ctx

__all__ = ["Database", "SmallTransactions"]

_log = logging.getLogger("fyr.audit")

# States of a failing database: the stable code, and the message for programs.
_CODES: Mapping[str, tuple[str, str]] = {
    driver_errors.AWAY: ("unavailable", "The database does not answer. Try again in a moment."),
    driver_errors.BUSY: (
        "database_busy",
        "The database is busy with other changes. Try again soon.",
    ),
    driver_errors.DAMAGED: (
        "database_damaged",
        "The database is damaged. Nothing can be changed until a backup is restored.",
    ),
    driver_errors.FULL: (
        "database_full",
        ("The database has no space left. Nothing can be changed until an operator frees some."),
    ),
    driver_errors.READ_ONLY: (
        "database_read_only",
        (
            "The database is read-only at the moment. Nothing can be changed until it is "
            "writable again."
        ),
    ),
    driver_errors.REFUSED: (
        "database_error",
        "The database refused this. An operator finds the cause in the log.",
    ),
}


class Database:
    """Opens use-case contexts on one database with one clock."""

    def __init__(self, engine: Engine, clock: Clock = system_clock) -> None:
        self._engine = engine
        self.clock = clock
        self._listeners: list[RevisionListener] = []
        self._writers = 0
        self._lock = Lock()

    @contextmanager
    def writing(self, actor: Actor, *, wait: bool = True, durable: bool = True) -> Iterator[Ctx]:
        """A transaction that is committed at the end, or rolled back on any exception.

        On SQLite, one that is not `durable` does not wait for the disk: it survives the end of
        every process, but not a loss of power until the next durable one.

        Raises UnavailableError when the database does not take it, without `wait` also at once
        while another transaction writes; ConflictError when another transaction was there first.
        """
        opened = transactions.writing(self._engine, wait=wait, durable=durable)
        chained: Sequence[ChainedEntry] = ()
        with self._counting_writers(), _translating_errors(), opened as session:
            ctx = Ctx(session, actor, self.clock())
            yield ctx
            if ctx.visibly_changed:
                page.increment_revision(session, ctx.now)
            if ctx.audited:
                chained = audit_chain.append(session)
        for entry in chained:
            _log.info(
                "audit.entry action=%s id=%s", entry["action"], entry["id"], extra={"audit": entry}
            )
        if ctx.visibly_changed:
            for listener in self._listeners:
                listener()

    def small_transactions(self) -> "SmallTransactions":
        """Transactions of single statements that run very often; they are not durable."""
        opened = partial(transactions.small_connection, self._engine)
        return SmallTransactions(opened, self._counting_writers)

    def intake_transactions(self) -> "SmallTransactions":
        """Durable transactions that store inbound events."""
        opened = partial(transactions.intake_connection, self._engine)
        return SmallTransactions(opened, self._counting_writers)

    @contextmanager
    def reading(self, actor: Actor = NOBODY) -> Iterator[Ctx]:
        """A read-only transaction with one consistent snapshot. Raises UnavailableError."""
        with _translating_errors(), transactions.reading(self._engine) as session:
            yield Ctx(session, actor, self.clock())

    @property
    def is_writing(self) -> bool:
        """Whether a write transaction is open; work that can be deferred waits for its end."""
        return self._writers > 0

    @contextmanager
    def _counting_writers(self) -> Iterator[None]:
        with self._lock:
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1

    def listen(self, listener: RevisionListener) -> None:
        """Call `listener` after each commit that changes what visitors can see."""
        self._listeners.append(listener)

    def watch(self, on_revision: Callable[[int], None], stop: Event) -> None:
        """Call `on_revision` within half a second of each new revision, of any process.

        Returns when `stop` is set. Raises UnavailableError when the database does not answer.
        """
        with _translating_errors():
            revisions.watch(self._engine, on_revision, stop)

    def watch_commits(self, on_look: Callable[[bool], object], stop: Event) -> None:
        """Call `on_look` twice a second, with whether any process may have committed meanwhile.

        Returns when `stop` is set. While the database does not answer, it may have.
        """
        watch_commits(self._engine, on_look, stop)

    def close(self) -> None:
        """Close all connections; the last process to do so leaves SQLite in one file."""
        transactions.close(self._engine)


class SmallTransactions:
    """Transactions of few statements on one connection, which stays open until `close`.

    They change nothing that visitors see or that is audited. Without a session and the way to the
    pool, one with a single statement takes a quarter of the processor time: 0.13 instead of 0.52 ms
    on SQLite. Use them in one thread at a time.
    """

    def __init__(
        self,
        open_connection: Callable[[], Connection],
        counting: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._open_connection = open_connection
        self._counting = counting
        self._connection: Connection | None = None
        self.has_lost_connection = False

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction. Raises UnavailableError.

        `has_lost_connection` says then whether the connection was lost during the transaction: it
        may be committed or not.
        """
        self.has_lost_connection = False
        with self._counting(), _translating_errors():
            if self._connection is None:
                self._connection = self._open_connection()
            try:
                with self._connection.begin():
                    yield self._connection
            except BaseException:
                self.has_lost_connection = self._connection.invalidated
                self.close()
                raise

    def close(self) -> None:
        """Give the connection back; the next transaction takes one again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def _translating_errors() -> Iterator[None]:
    """Translate errors of the driver into domain errors; the cause is logged, never shown."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            "Another request changed the same data at the same time. Read it again and "
            "repeat the request."
        ) from error
    except DataError as error:
        raise InvalidError(
            "The data contains characters that the database cannot store."
        ) from error
    except DBAPIError as error:
        raise _unavailable(driver_errors.classify(error), driver_errors.cause(error)) from error
    except PoolTimeout as error:
        raise _unavailable(driver_errors.BUSY, "no free connection in the pool") from error


def _unavailable(state: str, cause: str) -> UnavailableError:
    code, message = _CODES[state]
    error = UnavailableError(message, code=code)
    error.cause = cause
    return error
