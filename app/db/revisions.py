"""Watches the revision grow, whichever process makes it."""

from collections.abc import Callable
from threading import Event
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.db.engine import reading
from app.db.queries.page import REVISION_CHANNEL, read_revision
from app.db.tables import RevisionRow

__all__ = ["watch"]

# Looking costs a tenth of a millisecond.
_LOOK_EVERY = 0.05
# Where the database tells by itself, looking is for the case that it could not.
_LOOK_ANYWAY_EVERY = 0.4

Told = Callable[[int], None]


def watch(engine: Engine, told: Told, stop: Event) -> None:
    """Call `told` with the revision again and again, soon after it has grown, until `stop`.

    Raises what the driver raises when the database does not answer.
    """
    if engine.dialect.name != "postgresql":
        _look(engine, told, stop)
        return
    with engine.connect() as connection:
        _listen(connection.execution_options(isolation_level="AUTOCOMMIT"), told, stop)


def _look(engine: Engine, told: Told, stop: Event) -> None:
    while not stop.is_set():
        with reading(engine) as session:
            number, _ = read_revision(session)
        told(number)
        stop.wait(_LOOK_EVERY)


def _listen(connection: Connection, told: Told, stop: Event) -> None:
    connection.exec_driver_sql(f"LISTEN {REVISION_CHANNEL}")
    driver: Any = connection.connection.driver_connection
    # The driver is asked for by way of the engine: on SQLite its nine megabytes stay out.
    failure: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        while not stop.is_set():
            told(_number(connection))
            for _ in driver.notifies(timeout=_LOOK_ANYWAY_EVERY, stop_after=1):
                break
    except failure as error:
        raise DBAPIError("LISTEN", None, error) from error
    finally:
        # The pool must not hand out a connection that listens.
        connection.invalidate()


def _number(connection: Connection) -> int:
    return int(connection.execute(select(RevisionRow.number)).scalar_one())
