"""Databases that fail, each in a way of its own, and are mended again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.db.migrate import upgrade
from tests.databases import Run, copy_sqlite
from tests.web.page_cache.cluster import own_cluster
from tests.web.page_cache.conftest import Watched, eventually, installation_with_refresher
from tests.web.page_cache.failing_disk import FailingDisk

__all__ = ["FAULTS", "Fault", "Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """An installation at work, what befalls its database, and what mends it, if anything does."""

    kept: Watched
    strike: Callable[[], None]
    mend: Callable[[], None] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` is what programs are told. `pages_stand_still` when they cannot be renewed either."""

    name: str
    code: str
    opened: Callable[[Path], AbstractContextManager[Scene]]
    pages_stand_still: bool


@contextmanager
def killed(folder: Path) -> Iterator[Scene]:
    """PostgreSQL, killed."""
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with installation_with_refresher(cluster.url, folder) as kept:
            yield Scene(kept, cluster.kill, cluster.start)


@contextmanager
def read_only_server(folder: Path) -> Iterator[Scene]:
    """PostgreSQL that takes no changes, as one that stands by for another."""
    with own_cluster() as cluster:
        upgrade(cluster.url)
        with installation_with_refresher(cluster.url, folder) as kept:

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

            yield Scene(kept, lambda: say("on"), lambda: say("off"))


def sqlite(folder: Path) -> str:
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    return f"sqlite:///{folder / 'fyr.db'}"


@contextmanager
def locked(folder: Path) -> Iterator[Scene]:
    """SQLite, with a lock that somebody holds."""
    with (
        installation_with_refresher(sqlite(folder), folder) as kept,
        closing(
            sqlite3.connect(folder / "fyr.db", isolation_level=None, check_same_thread=False)
        ) as other,
    ):
        yield Scene(kept, lambda: _say(other, "BEGIN IMMEDIATE"), lambda: _say(other, "ROLLBACK"))


def _say(connection: sqlite3.Connection, words: str) -> None:
    connection.execute(words)


@contextmanager
def damaged(folder: Path) -> Iterator[Scene]:
    """SQLite, its file overwritten. Only a backup mends that."""
    with installation_with_refresher(sqlite(folder), folder) as kept:
        file = folder / "fyr.db"

        def strike() -> None:
            def done() -> bool:
                # Again each time: a look that began before may still hold the sound file.
                kept.installation.database.close()
                for leftover in ("fyr.db-wal", "fyr.db-shm"):
                    (folder / leftover).unlink(missing_ok=True)
                with file.open("r+b") as opened:
                    opened.write(b"\x55" * 100_000)
                return kept.renderer.stale_since is not None

            eventually(done, "the damage is noticed")

        yield Scene(kept, strike, None)


@contextmanager
def full(folder: Path) -> Iterator[Scene]:
    """SQLite, on a disk without room, which has none for a snapshot either."""
    data, snapshots = folder / "data", folder / "snapshots"
    data.mkdir()
    disk = FailingDisk(data)

    def strike() -> None:
        snapshots.rename(folder / "former snapshots")
        snapshots.touch()  # a file in the place of the folder
        disk.fill()

    with (
        installation_with_refresher(sqlite(data), folder, snapshots=snapshots) as kept,
        mended(disk),
    ):
        eventually(snapshots.is_dir, "a snapshot is written")
        yield Scene(kept, strike, disk.mend)


@contextmanager
def read_only_disk(folder: Path) -> Iterator[Scene]:
    """SQLite, on a disk that became read-only."""
    data = folder / "data"
    data.mkdir()
    disk = FailingDisk(data)
    with installation_with_refresher(sqlite(data), folder) as kept, mended(disk):

        def done() -> bool:
            # The kernel refuses as long as a file is open for writing.
            kept.installation.database.close()
            disk.make_read_only()
            if (data / "fyr.db-wal").exists():
                disk.mend()
                return False
            return True

        yield Scene(kept, lambda: eventually(done, "the disk is read-only"), disk.mend)


@contextmanager
def unwritable(folder: Path) -> Iterator[Scene]:
    """SQLite, in a file that nobody may write."""
    disk = FailingDisk(folder)
    with installation_with_refresher(sqlite(folder), folder) as kept, mended(disk):

        def change(by: Callable[[], None]) -> None:
            by()
            # Connections that were opened before the change would still write to the file.
            kept.installation.database.close()

        yield Scene(
            kept,
            lambda: change(lambda: disk.protect(folder / "fyr.db")),
            lambda: change(disk.mend),
        )


@contextmanager
def mended(disk: FailingDisk) -> Iterator[None]:
    """Let the disk work again at the end, also when the test failed before."""
    try:
        yield
    finally:
        disk.mend()


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
