"""Why a database failed is classified by error codes and stated in one line."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError

from app.db.driver_errors import AWAY, BUSY, FULL, READ_ONLY, REFUSED, cause, classify
from app.db.engine import make_engine


def wrapped(error: Exception) -> DBAPIError:
    return OperationalError("SELECT 'stored data'", {}, error)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ('FATAL:  password authentication failed for user "fyr"', "wrong password or role"),
        ("fe_sendauth: no password supplied", "wrong password or role"),
        ('FATAL:  role "fyrr" does not exist', "unknown role"),
        ('FATAL:  database "fyrr" does not exist', "unknown database name"),
        (
            'could not translate host name "db" to address: Name or service not known',
            "unknown host",
        ),
        ("[Errno -2] Name or service not known", "unknown host"),
        (
            'connection to server at "127.0.0.1", port 5433 failed: Connection refused',
            "wrong port, or the server is not running",
        ),
        (
            'connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory',
            "no server at this socket",
        ),
        ("SSL error: certificate verify failed", "TLS"),
        ("server does not support SSL, but SSL was required", "TLS"),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "fyr"',
            "the server accepts no connections from here (pg_hba.conf)",
        ),
        ("connection timeout expired", "the server does not answer in time"),
        ("FATAL:  sorry, too many clients already", "too many connections"),
        ("FATAL:  the database system is starting up", "the server starts or stops"),
    ],
)
def test_a_failed_connection_is_explained(words: str, advice: str) -> None:
    error = wrapped(psycopg.OperationalError(f"connection failed: {words}\n"))
    stated = cause(error)
    assert stated == f"{advice}: connection failed: {' '.join(words.split())}"
    assert classify(error) == AWAY


def test_the_words_of_a_server_in_another_language_stand_alone() -> None:
    error = wrapped(psycopg.OperationalError("FATAL: Passwort-Authentifizierung gescheitert"))
    assert cause(error) == "FATAL: Passwort-Authentifizierung gescheitert"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.InsufficientPrivilege(), REFUSED),
        (errors.UndefinedTable(), REFUSED),
        (errors.SyntaxError(), REFUSED),
        (errors.AdminShutdown(), AWAY),
        (errors.ConnectionFailure(), AWAY),
        (errors.InvalidPassword(), AWAY),
        (errors.OutOfMemory(), AWAY),
        (errors.DiskFull(), FULL),
        (errors.TooManyConnections(), BUSY),
        (errors.ReadOnlySqlTransaction(), READ_ONLY),
    ],
)
def test_a_code_of_postgresql_decides_the_class(error: Exception, state: str) -> None:
    assert classify(wrapped(error)) == state


def test_a_refused_statement_is_named_by_its_code_without_stored_data() -> None:
    error = wrapped(errors.InsufficientPrivilege("permission denied: stored data"))
    assert cause(error) == "InsufficientPrivilege (SQLSTATE 42501)"


def test_a_missing_table_of_sqlite_is_no_reason_to_try_again(sqlite_url: str) -> None:
    with make_engine(sqlite_url).connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT 1 FROM gone"))
    assert classify(failed.value) == REFUSED
    assert cause(failed.value) == "no such table: gone (SQLITE_ERROR)"


def test_a_locked_database_is_busy() -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
    assert classify(wrapped(error)) == BUSY


def test_what_is_no_error_of_a_driver_is_named_by_its_kind() -> None:
    assert cause(NoSuchModuleError("sqlalchemy.dialects:fyr")) == "NoSuchModuleError"


def test_a_cause_is_one_line_of_limited_length() -> None:
    stated = cause(wrapped(psycopg.OperationalError("a\n\tb " + "x" * 5000)))
    assert stated.startswith("a b x")
    assert len(stated) == 300
