"""Databases for tests: migrated once for the whole run, then copied for each test that asks."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tests import postgres

__all__ = ["PostgresDatabases", "Run", "copy_sqlite"]

_VARIABLE = "TEST_RUN_FOLDER"
_TEMPLATE = "migrated"


class Run:
    """One run of the tests: a folder that the controlling process and its workers share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @classmethod
    def begin(cls) -> "Run":
        """Make the folder, and launch the keeper of its PostgreSQL."""
        # Directly under /tmp where there is one: the path of a socket may have 100 characters, and
        # the user who runs PostgreSQL must be able to walk there.
        parent = Path("/tmp")  # mkdtemp makes a folder of our own in it
        folder = Path(tempfile.mkdtemp(prefix="fyr-", dir=parent if parent.is_dir() else None))
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        run = cls(folder)
        os.mkfifo(run.pipe)
        run._held = os.open(run.pipe, os.O_RDWR)
        run._keeper = postgres.launch(folder, run.pipe)
        os.environ[_VARIABLE] = str(folder)
        return run

    @classmethod
    def current(cls) -> "Run":
        """The run that this process belongs to."""
        return cls(Path(os.environ[_VARIABLE]))

    @property
    def pipe(self) -> Path:
        """Open for as long as the run lasts; who writes into it gets a PostgreSQL."""
        return self.folder / "pipe"

    def end(self) -> None:
        """Let the keeper stop, and return when its server and the folder are gone."""
        os.environ.pop(_VARIABLE, None)
        if self._held is not None and self._keeper is not None:
            os.close(self._held)
            self._keeper.wait(timeout=30)
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
        self._admin = psycopg.connect(
            host=str(run.folder / "postgres"), user="postgres", dbname="postgres", autocommit=True
        )

    def close(self) -> None:
        self._admin.close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database with nothing in it, dropped at the end."""
        with self._database("template0") as url:
            yield url

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a database at the newest migration, dropped at the end."""
        with self._run.once("postgres-template") as first:
            if first:
                self._execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
                self._migrate(postgres.url(self._run.folder, _TEMPLATE))
        with self._database(_TEMPLATE) as url:
            yield url

    @contextmanager
    def _database(self, template: str) -> Iterator[str]:
        name = f"test_{uuid4().hex[:12]}"
        # Copying files takes half the time of copying through the log when nothing is synced.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield postgres.url(self._run.folder, name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        self._admin.execute(statement.encode())


def copy_sqlite(run: Run, migrate: Callable[[str], None], file: Path) -> None:
    """Make `file` a SQLite database at the newest migration."""
    template = run.folder / "migrated.db"
    with run.once("sqlite-template") as first:
        if first:
            migrate(f"sqlite:///{template}")
    shutil.copyfile(template, file)
