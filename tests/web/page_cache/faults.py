"""Faults of databases, each with the way to inject and to repair it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal, Self

import pytest
from sqlalchemy import Engine, PoolProxiedConnection, QueuePool

from app.db.migrate import upgrade
from tests.databases import Run, copy_sqlite
from tests.web.page_cache.cluster import own_cluster
from tests.web.page_cache.conftest import Watched, eventually, installation_with_refresher
from tests.web.page_cache.failing_disk import FailingDisk

__all__ = ["FAULTS", "Fault", "FaultyInstallation"]


@dataclass(frozen=True, slots=True)
class FaultyInstallation:
    """A running installation, and the functions that inject its fault and repair it.

    `repair` is None for a fault that only a backup repairs.
    """

    watched: Watched
    inject: Callable[[], None]
    repair: Callable[[], None] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: `code` is the error code of the API; `pages_stand_still` means that pages
    can no longer be rendered.
    """

    name: str
    code: str
    opened: Callable[[Path], AbstractContextManager[FaultyInstallation]]
    pages_stand_still: bool


@contextmanager
def killed(folder: Path) -> Iterator[FaultyInstallation]:
    """PostgreSQL, killed."""
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with installation_with_refresher(cluster.url, folder) as watched:
            yield FaultyInstallation(watched, cluster.kill, cluster.start)


@contextmanager
def read_only_server(folder: Path) -> Iterator[FaultyInstallation]:
    """PostgreSQL that refuses changes, like a standby server."""
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with installation_with_refresher(cluster.url, folder) as watched:

            def say(how: Literal["on", "off"]) -> None:
                cluster.execute(
                    f"ALTER DATABASE postgres SET default_transaction_read_only = {how}"
                )
                # It is for new connections. Closing the pool would leave those in use to the
                # garbage collector, which warns in whatever test runs then.
                cluster.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

            yield FaultyInstallation(watched, lambda: say("on"), lambda: say("off"))


def sqlite(folder: Path) -> str:
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    return f"sqlite:///{folder / 'fyr.db'}"


@contextmanager
def locked(folder: Path) -> Iterator[FaultyInstallation]:
    """SQLite, locked by another connection."""
    with (
        installation_with_refresher(sqlite(folder), folder) as watched,
        closing(
            sqlite3.connect(folder / "fyr.db", isolation_level=None, check_same_thread=False)
        ) as other,
    ):
        yield FaultyInstallation(
            watched, lambda: _say(other, "BEGIN IMMEDIATE"), lambda: _say(other, "ROLLBACK")
        )


def _say(connection: sqlite3.Connection, words: str) -> None:
    connection.execute(words)


@contextmanager
def damaged(folder: Path) -> Iterator[FaultyInstallation]:
    """SQLite, its file overwritten. Only a backup repairs that."""
    with installation_with_refresher(sqlite(folder), folder) as watched:
        file = folder / "fyr.db"

        def inject() -> None:
            def done() -> bool:
                # Again each time: a look that began before may still hold the sound file.
                watched.installation.database.close()
                for leftover in ("fyr.db-wal", "fyr.db-shm"):
                    (folder / leftover).unlink(missing_ok=True)
                with file.open("r+b") as opened:
                    opened.write(b"\x55" * 100_000)
                return watched.renderer.stale_since is not None

            eventually(done, "the damage is noticed")

        yield FaultyInstallation(watched, inject, None)


@contextmanager
def full(folder: Path) -> Iterator[FaultyInstallation]:
    """SQLite, on a disk without room, which has none for a snapshot either."""
    data, snapshots = folder / "data", folder / "snapshots"
    data.mkdir()
    disk = FailingDisk(data)

    def inject() -> None:
        snapshots.rename(folder / "former snapshots")
        snapshots.touch()  # a file in the place of the folder
        disk.fill()

    with (
        installation_with_refresher(sqlite(data), folder, snapshots=snapshots) as watched,
        repaired_at_end(disk),
    ):
        eventually(snapshots.is_dir, "a snapshot is written")
        yield FaultyInstallation(watched, inject, disk.repair)


@contextmanager
def read_only_disk(folder: Path) -> Iterator[FaultyInstallation]:
    """SQLite, on a disk that became read-only."""
    data = folder / "data"
    data.mkdir()
    disk = FailingDisk(data)
    with installation_with_refresher(sqlite(data), folder) as watched, repaired_at_end(disk):

        def inject() -> None:
            # The kernel mounts nothing read-only while a file is open for writing.
            with no_connection(watched):
                assert not (data / "fyr.db-wal").exists()
                disk.make_read_only()

        yield FaultyInstallation(watched, inject, disk.repair)


@contextmanager
def unwritable(folder: Path) -> Iterator[FaultyInstallation]:
    """SQLite, in a file that nobody may write."""
    disk = FailingDisk(folder)
    with installation_with_refresher(sqlite(folder), folder) as watched, repaired_at_end(disk):

        def inject() -> None:
            # Connections that were opened before would still write to the file.
            with no_connection(watched):
                disk.protect(folder / "fyr.db")

        def repair() -> None:
            with no_connection(watched):
                disk.repair()

        yield FaultyInstallation(watched, inject, repair)


@contextmanager
def no_connection(watched: Watched) -> Iterator[None]:
    """Close the connections when none is in use, and let whoever wants one wait for the end."""
    database = watched.installation.database
    with _Gate(database._engine) as gate:
        eventually(lambda: not gate.is_used, "no connection is in use")
        database.close()
        yield


class _Gate:
    """Keeps threads from taking connections; those that have one can finish."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_open = Event()
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        take = Engine.raw_connection

        def wait_and_take(engine: Engine) -> PoolProxiedConnection:
            self._is_open.wait()
            return take(engine)

        self._patch.setattr(Engine, "raw_connection", wait_and_take)
        return self

    def __exit__(self, *_error: object) -> None:
        self._patch.undo()
        self._is_open.set()

    @property
    def is_used(self) -> bool:
        """Whether a thread has a connection."""
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout() > 0


@contextmanager
def repaired_at_end(disk: FailingDisk) -> Iterator[None]:
    """Let the disk work again at the end, also when the test failed before."""
    try:
        yield
    finally:
        disk.repair()


FAULTS = (
    Fault("killed", "unavailable", killed, pages_stand_still=True),
    Fault("read-only server", "database_read_only", read_only_server, pages_stand_still=False),
    Fault("locked", "database_busy", locked, pages_stand_still=False),
    Fault("damaged", "database_damaged", damaged, pages_stand_still=True),
    Fault("full", "database_full", full, pages_stand_still=False),
    # SQLite reads nothing either where it cannot make the file that its readers share.
    Fault("read-only disk", "unavailable", read_only_disk, pages_stand_still=True),
    Fault("unwritable", "database_read_only", unwritable, pages_stand_still=False),
)
