"""Databases for tests: migrated once for the whole run, then copied for each test that asks."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.rows import TupleRow

from tests import postgres

__all__ = [
    "KEPT_CONNECTION",
    "PostgresDatabases",
    "Run",
    "SqliteSnapshot",
    "copy_sqlite",
    "memory_folder",
]

_TEMPLATE = "migrated"
# The name by which PostgreSQL knows connections of PostgresDatabases itself.
KEPT_CONNECTION = "tests.databases"

# A new installation is published in English alone. Most tests read pages in three languages.
_THREE_LANGUAGES = """UPDATE page SET languages = '["en", "sv", "ar"]'"""

# What the migrations leave, stored beside it: the shape of all tables, their rows, their sequences.
# The function that restores it names each table, so that a connection plans its statements once.
_SHAPE = """
    SELECT md5(string_agg(concat(oid, relname, relkind, attname, atttypid, attnotnull), ' '
                          ORDER BY oid, attnum))
      FROM pg_class JOIN pg_attribute ON attrelid = oid
     WHERE relnamespace = 'public'::regnamespace
"""
_KEEP = f"""
DO $keep$
DECLARE each record; filled boolean; deletes text = ''; inserts text = '';
BEGIN
    CREATE SCHEMA pristine;
    CREATE TABLE pristine.shape AS {_SHAPE};
    CREATE TABLE pristine.sequences AS
        SELECT format('%I', sequencename) AS name,
               coalesce(last_value, 1) AS value, last_value IS NOT NULL AS used
          FROM pg_sequences WHERE schemaname = 'public';
    FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        deletes = deletes || format('DELETE FROM %I;', each.name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', each.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE pristine.%I AS TABLE %I', 'of_' || each.name, each.name);
            inserts = inserts || format('INSERT INTO %I SELECT * FROM pristine.%I;',
                                        each.name, 'of_' || each.name);
        END IF;
    END LOOP;
    EXECUTE format($define$
        CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS $restore$
        BEGIN
            SET LOCAL lock_timeout = '100ms';
            IF EXISTS (SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()) THEN
                RAISE EXCEPTION 'somebody is still connected';
            END IF;
            IF (SELECT * FROM pristine.shape) IS DISTINCT FROM ({_SHAPE}) THEN
                RAISE EXCEPTION 'the tables are not what they were';
            END IF;
            SET LOCAL session_replication_role = replica;  -- in any order: no foreign keys
            %s
            PERFORM setval(name, value, used) FROM pristine.sequences;
        END $restore$
    $define$, deletes || inserts);
END $keep$
"""


_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 4 * 2**30


def memory_folder(folder: Path = _MEMORY, *, least_bytes: int = _MEMORY_BYTES) -> Path | None:
    """A file system in memory with enough room, where programs may be executed; else None.

    There a commit of SQLite waits for no disk: 0.01 ms instead of 8 ms, thousands of times in a
    run. A container often has 64 MB there, and no permission to execute.
    """
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    fits = status.f_bavail * status.f_frsize >= least_bytes
    executable = not status.f_flag & os.ST_NOEXEC
    return folder if fits and executable and os.access(folder, os.W_OK) else None


class Run:
    """One run of the tests: a folder that the controlling process and its workers share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: int | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def begin(cls) -> "Run":
        """Make the folder, and launch the supervisor of its PostgreSQL."""
        # Directly under /tmp where there is one: the path of a socket may have 100 characters, and
        # the user who runs PostgreSQL must be able to walk there.
        parent = memory_folder() or Path("/tmp")  # mkdtemp makes a folder of our own in it
        folder = Path(tempfile.mkdtemp(prefix="fyr-", dir=parent if parent.is_dir() else None))
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        run = cls(folder)
        os.mkfifo(run.pipe)
        run._held = os.open(run.pipe, os.O_RDWR)
        run._supervisor = postgres.launch(folder, run.pipe)
        os.environ[postgres.RUN_VARIABLE] = str(folder)
        return run

    @classmethod
    def current(cls) -> "Run":
        """The run that this process belongs to."""
        return cls(Path(os.environ[postgres.RUN_VARIABLE]))

    @property
    def pipe(self) -> Path:
        """Open for as long as the run lasts; who writes into it gets a PostgreSQL."""
        return self.folder / "pipe"

    def end(self) -> None:
        """Let the supervisor stop, and return when its server and the folder are gone."""
        os.environ.pop(postgres.RUN_VARIABLE, None)
        if self._held is not None and self._supervisor is not None:
            os.close(self._held)
            self._supervisor.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def once(self, what: str) -> Iterator[bool]:
        """True for the first process that gets here, which does it while all others wait."""
        done = self.folder / f"{what}.done"
        with (self.folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not done.exists()
            done.touch()


class PostgresDatabases:
    """Makes and drops databases in the cluster of this run."""

    def __init__(self, run: Run, migrate: Callable[[str], None]) -> None:
        self._run = run
        self._migrate = migrate
        with run.once("postgres") as first:
            if first:
                postgres.start(run.folder, run.pipe)
        self._admin = self._connect("postgres")
        self._emptied: list[str] = []
        # One to each migrated database: a new one would read the catalogue of its tables again,
        # which takes four times as long as to empty them.
        self._connections: dict[str, psycopg.Connection[TupleRow]] = {}

    def close(self) -> None:
        for each in (self._admin, *self._connections.values()):
            each.close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database with nothing in it, dropped at the end."""
        name = self._create("template0")
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a database at the newest migration, with only what the migrations put there.

        One that can be emptied is used again: that takes 4 ms, and to make another one 26 ms.
        """
        with self._run.once("postgres-template") as first:
            if first:
                self._execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
                self._migrate(self._url(_TEMPLATE))
                with self._connect(_TEMPLATE) as template:
                    template.execute(_THREE_LANGUAGES)
                    template.execute(_KEEP)
        name = self._emptied.pop() if self._emptied else self._create(_TEMPLATE)
        try:
            yield self._url(name)
        finally:
            if self._empty(name):
                self._emptied.append(name)
            else:
                self._drop(name)

    def _create(self, template: str) -> str:
        name = f"test_{uuid4().hex[:12]}"
        # Copying files takes half the time of copying through the log when nothing is synced.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _empty(self, name: str) -> bool:
        """Bring a database back to what it was; False when that cannot be."""
        connection = self._connections.pop(name, None) or self._connect(name)
        try:
            connection.execute("SELECT pristine.restore()")
        except psycopg.Error:
            connection.close()
            return False
        self._connections[name] = connection
        return True

    def _url(self, name: str) -> str:
        return postgres.url(self._run.folder, name)

    def _connect(self, name: str) -> psycopg.Connection[TupleRow]:
        return psycopg.connect(
            host=str(self._run.folder / "postgres"),
            user="postgres",
            dbname=name,
            application_name=KEPT_CONNECTION,
            autocommit=True,
        )

    def _execute(self, statement: str) -> None:
        self._admin.execute(statement.encode())


def copy_sqlite(run: Run, migrate: Callable[[str], None], file: Path) -> None:
    """Make `file` a SQLite database at the newest migration."""
    template = run.folder / "migrated.db"
    with run.once("sqlite-template") as first:
        if first:
            migrate(f"sqlite:///{template}")
            connection = sqlite3.connect(template)
            connection.execute(_THREE_LANGUAGES)
            connection.commit()
            connection.close()
    shutil.copyfile(template, file)


class SqliteSnapshot:
    """The content of a SQLite database at one instant; restored while it is open elsewhere."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)
        self._saved = sqlite3.connect(":memory:")
        self._database.backup(self._saved)

    def restore(self) -> None:
        """Undo every change since the snapshot was taken; takes about 2 ms."""
        self._saved.backup(self._database)

    def content(self) -> list[str]:
        """All that the database holds now, as SQL statements."""
        return list(self._database.iterdump())

    def close(self) -> None:
        self._saved.close()
        self._database.close()
