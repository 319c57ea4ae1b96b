"""Connection poolers: PgBouncer and others between Fyr and PostgreSQL, in transaction mode.

Such a pooler passes each transaction to any of its connections to the server. So nothing may stay
on a connection: no prepared statements, no settings of the session, no LISTEN, no session lock.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event

from app.domain.errors import FyrError

__all__ = ["PooledError", "is_pooled", "prepare_connections", "refuse_pooler"]

_POOLED = "fyr_pooled"


class PooledError(FyrError):
    """This needs a connection of its own to PostgreSQL, and there is a pooler in between."""

    code = "pooled"


def prepare_connections(engine: Engine, timeout_seconds: float) -> None:
    """End each statement of the engine's PostgreSQL connections after this time.

    A new connection asks the server for the number of its process. PostgreSQL itself has sent that
    number already when the connection was opened; a pooler sends a number of its own then. Through
    a pooler, the time is set anew in each transaction.
    """
    milliseconds = round(timeout_seconds * 1000)

    def on_connect(driver: Any, record: Any) -> None:  # noqa: ANN401  # psycopg, a pool record
        driver.autocommit = True
        (process,) = driver.execute("SELECT pg_backend_pid()").fetchone()
        record.info[_POOLED] = process != driver.info.backend_pid
        if record.info[_POOLED]:
            driver.prepare_threshold = None
        else:
            driver.execute(f"SET statement_timeout = {milliseconds}")
        driver.autocommit = False

    def on_begin(connection: Connection) -> None:
        if is_pooled(connection) and not _is_autocommit(connection):
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler is between this connection and PostgreSQL."""
    return bool(connection.info.get(_POOLED, False))


def refuse_pooler(connection: Connection) -> None:
    """Raise PooledError when a pooler is between this connection and PostgreSQL."""
    if is_pooled(connection):
        raise PooledError(
            "There is a connection pooler such as PgBouncer between Fyr and PostgreSQL. Migrations "
            "hold a lock for a whole session: run this command with the address of PostgreSQL "
            "itself in FYR_DATABASE_URL."
        )


def _is_autocommit(connection: Connection) -> bool:
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
