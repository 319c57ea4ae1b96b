"""Databases that fail, each in a way of its own, and are mended again."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from app.db.migrate import upgrade
from tests.databases import Run, copy_sqlite
from tests.web.page_cache.cluster import own_cluster
from tests.web.page_cache.conftest import Watched, eventually, installation_with_refresher

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
    """SQLite, on a disk without room."""
    with volume("8m") as place:
        url = f"sqlite:///{place / 'fyr.db'}"
        upgrade(url)
        with installation_with_refresher(url, folder, snapshots=place / "snapshot") as kept:
            filler = place / "filler"

            # Again until it takes nothing: a snapshot that was being written makes room again.
            yield Scene(
                kept, lambda: eventually(lambda: fill(filler) == 0, "it is full"), filler.unlink
            )


@contextmanager
def read_only_disk(folder: Path) -> Iterator[Scene]:
    """SQLite, on a disk that became read-only."""
    with volume("8m") as place:
        url = f"sqlite:///{place / 'fyr.db'}"
        upgrade(url)
        with installation_with_refresher(url, folder) as kept:

            def done() -> bool:
                # As long as a file is open for writing the kernel refuses.
                kept.installation.database.close()
                return remount(place, "ro")

            yield Scene(
                kept,
                lambda: eventually(done, "the volume is read-only"),
                lambda: eventually(lambda: remount(place, "rw"), "it can be written again"),
            )


@contextmanager
def unwritable(folder: Path) -> Iterator[Scene]:
    """SQLite, in a file that nobody may write."""
    protect, allow = (mount_read_only, unmount) if os.geteuid() == 0 else (forbid, permit)
    with installation_with_refresher(sqlite(folder), folder) as kept:
        file = folder / "fyr.db"

        def change(by: Callable[[Path], None]) -> None:
            by(file)
            # Connections that were opened before the change would still write to the file.
            kept.installation.database.close()

        try:
            yield Scene(kept, lambda: change(protect), lambda: change(allow))
        finally:
            allow(file)  # also when the test failed before it mended the fault


def forbid(file: Path) -> None:
    """Deny writing by the mode of the file, which does not bind root."""
    file.chmod(0o400)


def permit(file: Path) -> None:
    file.chmod(0o600)


def mount_read_only(file: Path) -> None:
    """Deny writing to root as well: mount the file over itself, read-only."""
    mount("--bind", file, file)
    mount("-o", "remount,bind,ro", file)


def unmount(file: Path) -> None:
    """Undo `mount_read_only`; a file that is not mounted stays as it is."""
    subprocess.run(["umount", "-l", file], check=False, capture_output=True)


def mount(*arguments: str | Path) -> None:
    if subprocess.run(["mount", *arguments], check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a file system")


@contextmanager
def volume(size: str) -> Iterator[Path]:
    """A file system of its own, to be full or read-only."""
    if os.geteuid() != 0:
        pytest.skip(
            "only root may mount a file system: `unshare --map-root-user --mount` is enough"
        )
    # Not below the folder of a test: what a killed run leaves mounted there, a later one, which
    # removes the folders of earlier ones, cannot remove.
    place = Path(tempfile.mkdtemp(prefix="fyr-volume-"))
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


def remount(place: Path, how: str) -> bool:
    command = ["mount", "-o", f"remount,{how}", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def fill(filler: Path) -> int:
    """Let the file grow until there is no room; by how many bytes."""
    size = filler.stat().st_size if filler.exists() else 0
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler.stat().st_size - size


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
