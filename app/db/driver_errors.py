"""Driver errors: classifies why a database failed, and states the cause in one line."""

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

__all__ = ["AWAY", "BUSY", "DAMAGED", "FULL", "READ_ONLY", "REFUSED", "cause", "classify"]

AWAY, BUSY, DAMAGED, FULL, READ_ONLY = "away", "busy", "damaged", "full", "read_only"
REFUSED = "refused"

# The primary result codes: https://www.sqlite.org/rescode.html
_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: Mapping[str, str] = {
    "25006": READ_ONLY,  # read_only_sql_transaction
    "40001": BUSY,  # serialization_failure
    "40P01": BUSY,  # deadlock_detected
    "53100": FULL,  # disk_full
    "53300": BUSY,  # too_many_connections
    "55P03": BUSY,  # lock_not_available
    "57014": BUSY,  # query_canceled: statement_timeout
    "XX001": DAMAGED,  # data_corrupted
    "XX002": DAMAGED,  # index_corrupted
}


# Classes of SQLSTATE with which a server ends or refuses a connection: 08 connection exception,
# 28 invalid authorization, 3D invalid catalog name, 53 insufficient resources, 57 operator
# intervention, 58 system error.
_AWAY_CLASSES = frozenset({"08", "28", "3D", "53", "57", "58"})
_AWAY_SQLITE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS})
# What libpq says when it cannot connect, and what an operator does about it. A failed connection
# has no SQLSTATE, and a server may speak another language: then libpq's words stand alone.
_ADVICE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), advice)
    for pattern, advice in (
        (r"password authentication failed|no password supplied", "wrong password or role"),
        (r"role \S+ does not exist", "unknown role"),
        (r"database \S+ does not exist", "unknown database name"),
        (r"translate host name|resolve host|name or service not known", "unknown host"),
        (r"connection refused", "wrong port, or the server is not running"),
        (r"no such file or directory", "no server at this socket"),
        (r"certificate|\bssl\b|\btls\b", "TLS"),
        (r"no pg_hba\.conf entry", "the server accepts no connections from here (pg_hba.conf)"),
        (r"timeout|timed out", "the server does not answer in time"),
        (r"too many (?:clients|connections)|connection slots", "too many connections"),
        (r"starting up|shutting down|recovery", "the server starts or stops"),
    )
)
_LONGEST_CAUSE = 300


def classify(error: DBAPIError) -> str:
    """AWAY, BUSY, DAMAGED, FULL or READ_ONLY; REFUSED for an error of a statement."""
    driver: Any = error.orig
    number = getattr(driver, "sqlite_errorcode", None)
    if number is not None:
        # The lowest byte of an extended result code is the primary one.
        primary = number & 0xFF
        return _SQLITE.get(primary, AWAY if primary in _AWAY_SQLITE else REFUSED)
    state = getattr(driver, "sqlstate", None)
    if state is None:
        return AWAY
    return _POSTGRESQL.get(state, AWAY if state[:2] in _AWAY_CLASSES else REFUSED)


def cause(error: SQLAlchemyError) -> str:
    """The cause in one line: the error code, the words of the driver, and what they mean.

    The words of a refused statement are left out, because they can repeat stored data. The driver
    repeats no password.
    """
    if not isinstance(error, DBAPIError):
        return type(error).__name__
    driver: Any = error.orig
    name = getattr(driver, "sqlite_errorname", None)
    state = getattr(driver, "sqlstate", None)
    if state is not None and state[:2] not in _AWAY_CLASSES and state not in _POSTGRESQL:
        return f"{type(driver).__name__} (SQLSTATE {state})"
    words = " ".join(str(driver).split())[:_LONGEST_CAUSE]
    if name is not None:
        return f"{words} ({name})"
    if state is not None:
        return f"{words} (SQLSTATE {state})"
    advice = next((text for pattern, text in _ADVICE if pattern.search(words)), None)
    return f"{advice}: {words}" if advice else words
