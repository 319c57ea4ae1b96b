"""Nightly backups: written to a folder or a bucket, of which the newest ones remain."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, S3Store

from app.domain.errors import FyrError, InvalidError
from app.domain.ownership import ActorKind
from app.net.object_store import open_store, store_reason
from app.usecases.backups import nightly
from app.usecases.backups.backup import BackupOptions, write_backup
from app.usecases.backups.backup_file import new_file
from app.usecases.context import Actor
from app.usecases.database import Database

__all__ = ["BackupBucket", "BackupFolder", "BackupPlace", "NightlyBackups", "backup_place"]

_log = logging.getLogger(__name__)
_ACTOR = Actor(ActorKind.WORKER, "worker")
_EVERY_MINUTE = 60.0
_NAME = re.compile(r"fyr-\d{8}T\d{6}Z\.backup", re.ASCII)


class BackupPlace(Protocol):
    """Where backups are stored. Its methods raise InvalidError when it cannot be used."""

    def put(self, name: str, write: Callable[[Path], None]) -> None:
        """Store what `write` writes to a file, complete or not at all."""
        ...

    def names(self) -> Sequence[str]:
        """The names of everything that is stored there."""
        ...

    def delete(self, names: Sequence[str]) -> None:
        """Delete stored files."""
        ...


class BackupFolder:
    """A folder, which is created when it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, name: str, write: Callable[[Path], None]) -> None:
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror
            raise InvalidError(f"{self._path} cannot be created: {reason}.") from None
        write(self._path / name)

    def names(self) -> Sequence[str]:
        return [each.name for each in self._path.iterdir()]

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            (self._path / name).unlink(missing_ok=True)


class BackupBucket:
    """A prefix of an S3 bucket; a backup is written to `folder` first."""

    def __init__(self, store: S3Store | MemoryStore, name: str, folder: Path) -> None:
        self._store = store
        self._name = name
        self._folder = folder

    def put(self, name: str, write: Callable[[Path], None]) -> None:
        local = self._folder / name
        try:
            write(local)
            obstore.put(self._store, name, local)
        except (BaseError, OSError) as error:
            raise InvalidError(f"{self._name} cannot be used: {store_reason(error)}.") from None
        finally:
            local.unlink(missing_ok=True)

    def names(self) -> Sequence[str]:
        try:
            return [
                each["path"]
                for batch in obstore.list(self._store, chunk_size=1000)
                for each in batch
            ]
        except (BaseError, OSError) as error:
            raise InvalidError(f"{self._name} cannot be used: {store_reason(error)}.") from None

    def delete(self, names: Sequence[str]) -> None:
        obstore.delete(self._store, list(names))


class NightlyBackups:
    """Writes a backup each night, and deletes all but the newest `keep`.

    `key` returns the fingerprint of the present secret key.
    """

    def __init__(
        self, database: Database, place: BackupPlace, key: Callable[[], str], keep: int
    ) -> None:
        self._database = database
        self._place = place
        self._key = key
        self._keep = keep

    async def run_due(self) -> float:
        """Write the backup that is due; the seconds until the next call.

        One that fails is logged, and tried again an hour later.
        """
        await asyncio.to_thread(self._run_due)
        return _EVERY_MINUTE

    def _run_due(self) -> None:
        with self._database.writing(_ACTOR) as ctx:
            is_due, now = nightly.begin_if_due(ctx), ctx.now
        if not is_due:
            return
        name = f"fyr-{now:%Y%m%dT%H%M%SZ}.backup"
        try:
            self._place.put(name, self._write)
            with self._database.writing(_ACTOR) as ctx:
                nightly.note_done(ctx)
            _log.info("backup.written name=%s", name)
            self._delete_old()
        except (FyrError, OSError, BaseError) as error:
            _log.error("backup.failed reason=%s", error)

    def _write(self, path: Path) -> None:
        options = BackupOptions(self._key())
        with new_file(path) as out, self._database.reading(_ACTOR) as ctx:
            write_backup(ctx, out, options)

    def _delete_old(self) -> None:
        found = sorted(name for name in self._place.names() if _NAME.fullmatch(name))
        if old := found[: -self._keep]:
            self._place.delete(old)


def backup_place(address: str, folder: Path) -> BackupPlace:
    """The folder or bucket that FYR_BACKUP_DIR names; a bucket needs a `folder` of this machine.

    Raises InvalidError.
    """
    if address.startswith("s3://"):
        return BackupBucket(*open_store(address), folder)
    return BackupFolder(Path(address))
