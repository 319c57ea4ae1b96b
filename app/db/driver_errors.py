"""Driver errors: classifies why a database failed, by the error code of its driver."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

__all__ = ["AWAY", "BUSY", "DAMAGED", "FULL", "READ_ONLY", "classify"]

AWAY, BUSY, DAMAGED, FULL, READ_ONLY = "away", "busy", "damaged", "full", "read_only"

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


def classify(error: DBAPIError) -> str:
    """AWAY, BUSY, DAMAGED, FULL or READ_ONLY; AWAY for every other error."""
    driver: Any = error.orig
    number = getattr(driver, "sqlite_errorcode", None)
    if number is not None:
        # The lowest byte of an extended result code is the primary one.
        return _SQLITE.get(number & 0xFF, AWAY)
    return _POSTGRESQL.get(getattr(driver, "sqlstate", None) or "", AWAY)
