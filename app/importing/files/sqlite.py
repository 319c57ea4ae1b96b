"""A SQLite database of somebody else: opened read-only, checked, and read by named columns."""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.importing.errors import (
    OversizedSourceError,
    UnreadableSourceError,
    UnsuitableSourceError,
)
from app.importing.files.file_formats import advice_on
from app.ports.importer import Row

__all__ = ["SqliteSource", "open_sqlite"]

_HEADER = b"SQLite format 3\x00"
# Section 1.3.3 of the file format: byte 18 is 2 for a database with a write-ahead log.
_VERSION_BYTE, _WAL_VERSION = 18, 2
_START_BYTES = 1_000
_MAX_BYTES = 2_000_000_000
_MAX_VALUE_BYTES = 32_000_000
_SECONDS = 600.0
# Virtual-machine instructions between two calls of the progress handler: about a millisecond.
_STEPS = 100_000
_COPIES = 5
_COPY_AGAIN = "Copy it again, with VACUUM INTO while its program runs."


class SqliteSource:
    """The database: implements `SourceTable`."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        self._kinds = {
            str(row["name"]): "virtual table" if _is_virtual(row["sql"]) else str(row["type"])
            for row in self._run("SELECT name, type, sql FROM sqlite_master")
            if row["type"] in {"table", "view"}
        }

    def tables(self) -> frozenset[str]:
        """The names of the real tables; views and virtual tables are not among them."""
        return frozenset(name for name, kind in self._kinds.items() if kind == "table")

    def rows(
        self, table: str, columns: Sequence[str], *, optional: Sequence[str] = ()
    ) -> Iterator[Row]:
        """The named columns of all rows, by rowid. `optional` columns that are missing are None.

        Raises InvalidError for a missing table or column, and for a view: it may compute anything.
        """
        kind = self._kinds.get(table)
        if kind is None:
            message = f"{self.name} has no table {table}: it is of another product or version."
            raise UnsuitableSourceError(self.name, message)
        if kind != "table":
            message = f"{self.name}: {table} is a {kind}, not a table."
            raise UnsuitableSourceError(self.name, message)
        present = {str(row["name"]) for row in self._run(f"PRAGMA table_info({_quoted(table)})")}
        for column in columns:
            if column not in present:
                message = f"{self.name}: the table {table} has no column {column}."
                raise UnsuitableSourceError(self.name, message)
        missing = {column: None for column in optional if column not in present}
        read = [*columns, *(column for column in optional if column in present)]
        named = ", ".join(map(_quoted, read))
        for row in self._run(f"SELECT {named} FROM {_quoted(table)} ORDER BY rowid"):  # noqa: S608
            yield {**{column: row[column] for column in read}, **missing}

    def check(self) -> None:
        """Raise InvalidError unless the integrity check of SQLite passes."""
        found = next(iter(self._run("PRAGMA quick_check(1)")), None)
        if found is None or found[0] != "ok":
            reason = "" if found is None else str(found[0])[:100].replace("\n", " ")
            message = f"{self.name} is malformed: {reason}. {_COPY_AGAIN}"
            raise UnreadableSourceError(self.name, message)

    def _run(self, statement: str) -> Iterator[sqlite3.Row]:
        try:
            # `yield from` would close the cursor when the reading is given up, which fails once the
            # database is closed.
            for row in self._connection.execute(statement):  # noqa: UP028
                yield row
        except sqlite3.DatabaseError as error:
            raise _damaged(self.name, error) from None
        except UnicodeError:
            raise UnreadableSourceError(
                self.name, f"{self.name} holds text that is not UTF-8."
            ) from None


@contextmanager
def open_sqlite(file: Path) -> Iterator[SqliteSource]:
    """The database in a file, after an integrity check; the file and those beside it do not change.

    Raises InvalidError when it is none, or is damaged.
    """
    name = file.name
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(_START_BYTES)
    except (OSError, ValueError) as error:
        raise UnreadableSourceError.of_file(name, error) from None
    if size == 0:
        raise UnreadableSourceError(name, f"{name} is empty.")
    if not start.startswith(_HEADER):
        raise UnreadableSourceError(name, f"{name} is no SQLite database.{advice_on(start)}")
    if size > _MAX_BYTES:
        raise OversizedSourceError(name, f"{name} has more than 2 GB.")
    with TemporaryDirectory(prefix="fyr-import-") as folder:
        is_copied = start[_VERSION_BYTE : _VERSION_BYTE + 1] == bytes([_WAL_VERSION]) or _logs(file)
        opened_file = _copied(file, Path(folder)) if is_copied else file
        with closing(_connect(opened_file, name)) as connection:
            source = SqliteSource(connection, name)
            source.check()
            yield source


def _connect(file: Path, name: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        deadline = time.monotonic() + _SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cell_size_check=ON")
    except sqlite3.Error as error:
        raise _damaged(name, error) from None
    return connection


def _logs(file: Path) -> list[Path]:
    """The write-ahead log and the rollback journal beside a database, unless they are empty."""
    beside = (Path(f"{file}{suffix}") for suffix in ("-wal", "-journal"))
    return [each for each in beside if each.is_file() and each.stat().st_size]


def _copied(file: Path, folder: Path) -> Path:
    """A copy of the database and its logs, which another program may be writing.

    Reading in place could create or change the files beside it. Raises InvalidError.
    """
    copy = folder / "database"
    try:
        for _ in range(_COPIES):
            before = _versions(file)
            for each in folder.iterdir():
                each.unlink()
            for each in (file, *_logs(file)):
                shutil.copyfile(each, f"{copy}{each.name.removeprefix(file.name)}")
            if before == _versions(file):
                break
        # The copy belongs to nobody else: a connection that may write merges the logs into it.
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
    except OSError as error:
        message = f"{file.name} cannot be copied: {error.strerror}."
        raise UnreadableSourceError(file.name, message) from None
    except sqlite3.Error as error:
        raise _damaged(file.name, error) from None
    return copy


def _versions(file: Path) -> list[tuple[str, int, int]]:
    """Name, time and size of the database and its logs: equal while nobody writes."""
    files = ((each.name, each.stat()) for each in (file, *_logs(file)))
    return [(name, found.st_mtime_ns, found.st_size) for name, found in files]


def _damaged(name: str, error: sqlite3.Error) -> UnreadableSourceError:
    if str(error) == "interrupted":
        return UnreadableSourceError(name, f"{name} cannot be read: it takes over ten minutes.")
    reason = str(error).partition("\n")[0][:100]
    advice = f" {_COPY_AGAIN}" if "malformed" in reason else ""
    return UnreadableSourceError(name, f"{name} cannot be read: {reason}.{advice}")


def _is_virtual(statement: object) -> bool:
    return isinstance(statement, str) and statement.lstrip().upper().startswith("CREATE VIRTUAL")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
