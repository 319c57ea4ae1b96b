"""Database: opens use-case contexts and translates the errors of the driver."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db import driver_errors, revisions
from app.db import engine as transactions
from app.db.queries import page
from app.domain.errors import ConflictError, InvalidError, UnavailableError
from app.ports.clock import Clock, system_clock
from app.ports.revision_listener import RevisionListener
from app.usecases.context import NOBODY, Actor, Ctx

__all__ = ["Database"]

# What can be the matter with the database: a stable code, and what programs are told.
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
        "The database has no room left. Nothing can be changed until somebody makes some.",
    ),
    driver_errors.READ_ONLY: (
        "database_read_only",
        "The database is read-only at the moment. Nothing can be changed until it no longer is.",
    ),
}


class Database:
    """Opens contexts on one database with one clock."""

    def __init__(self, engine: Engine, clock: Clock = system_clock) -> None:
        self._engine = engine
        self.clock = clock
        self._listeners: list[RevisionListener] = []
        self._writers = 0
        self._turn = Lock()

    @contextmanager
    def writing(self, actor: Actor, *, wait: bool = True) -> Iterator[Ctx]:
        """A transaction that is committed at the end, or rolled back on any exception.

        Raises UnavailableError when the database does not take it, without `wait` also at once
        while another transaction writes; ConflictError when another transaction was there first.
        """
        opened = transactions.writing(self._engine, wait=wait)
        with self._counted(), _telling(), opened as session:
            ctx = Ctx(session, actor, self.clock())
            yield ctx
            if ctx.visibly_changed:
                page.grow_revision(session, ctx.now)
        if ctx.visibly_changed:
            for listener in self._listeners:
                listener()

    @contextmanager
    def reading(self, actor: Actor = NOBODY) -> Iterator[Ctx]:
        """One consistent look; nothing done in it is kept. Raises UnavailableError."""
        with _telling(), transactions.reading(self._engine) as session:
            yield Ctx(session, actor, self.clock())

    @property
    def is_writing(self) -> bool:
        """Whether somebody writes through here at this moment: what can wait gives way."""
        return self._writers > 0

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._turn:
            self._writers += 1
        try:
            yield
        finally:
            with self._turn:
                self._writers -= 1

    def listen(self, listener: RevisionListener) -> None:
        """Have `listener` called after each commit of ours that a visitor can see."""
        self._listeners.append(listener)

    def watch(self, told: Callable[[int], None], stop: Event) -> None:
        """Tell the revision, whoever makes it grow, within half a second and again and again.

        Returns when `stop` is set. Raises UnavailableError when the database does not answer.
        """
        with _telling():
            revisions.watch(self._engine, told, stop)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


@contextmanager
def _telling() -> Iterator[None]:
    """Turn the database's own errors into ours; the cause goes to the log, never to the answer."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            "Somebody else changed the same thing at the same time. Look again and repeat."
        ) from error
    except DataError as error:
        raise InvalidError("This holds something that the database cannot store.") from error
    except DBAPIError as error:
        raise _unavailable(driver_errors.classify(error)) from error
    except PoolTimeout as error:
        raise _unavailable(driver_errors.BUSY) from error


def _unavailable(trouble: str) -> UnavailableError:
    code, message = _CODES[trouble]
    return UnavailableError(message, code=code)
