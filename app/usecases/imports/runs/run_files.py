"""Files of imports that the console and the API start, in the folder `imports` of the data folder.

An import has a folder of its own: what was uploaded, the encrypted token, the spool file and the
progress. The folder is deleted when the import has ended, and a day after the last change to it in
any case. Only the owner of the process can read it.
"""

import fcntl
import json
import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app import private_files
from app.domain.errors import ConflictError, InvalidError, UnavailableError
from app.usecases.context import new_id
from app.usecases.encryption import SecretBox

__all__ = ["ImportFiles", "ImportProgress", "NewUpload"]

_DAY_SECONDS = 86_400
_NAME_LENGTH = 100
_TRIES = 10
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file that is being uploaded: its id, and the path to write it to."""

    id: str
    path: Path

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def discard(self) -> None:
        """Delete what was uploaded."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: its phase (reading, checking, writing) and the number of things."""

    phase: str
    number: int


class ImportFiles:
    """The folder of imports in a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "imports"
        # The lock file of `fyr import`: an import of a command excludes one of the console.
        self.lock = data_dir / "import.jsonl.lock"

    # -- uploads -------------------------------------------------------------------

    def add_upload(self, name: str) -> NewUpload:
        """The place for an upload; of its name, the letters of ASCII, digits, `._-` are used."""
        upload_id = new_id()
        folder = self._root / f"upload-{upload_id}"
        self._create(folder)
        plain = _UNUSUAL.sub("-", name.replace("\\", "/").rpartition("/")[2]).lstrip(".-")
        return NewUpload(upload_id, folder / (plain[-_NAME_LENGTH:] or "upload"))

    def claim_upload(self, upload_id: str, run_id: str) -> str:
        """Make an upload the file of an import; its name. Raises InvalidError."""
        folder = self._folder(run_id)
        self._create(folder)
        try:
            (self._root / f"upload-{upload_id}").rename(folder / "upload")
        except OSError:
            self.remove(run_id)
            raise InvalidError(
                "There is no such upload, or it was used already. Uploads are deleted after a day.",
                code="upload_not_found",
                field="file",
            ) from None
        return self.upload(run_id).name

    def upload(self, run_id: str) -> Path:
        """The uploaded file of an import."""
        folder = self._folder(run_id) / "upload"
        with suppress(OSError):
            for each in folder.iterdir():
                return each
        return folder / "upload"

    # -- an import -----------------------------------------------------------------

    def store_token(self, run_id: str, token: str, box: SecretBox) -> None:
        """Store the token of the source, encrypted."""
        self._create(self._folder(run_id))
        self._write(self._folder(run_id) / "token", box.encrypt(token, _about_token(run_id)))

    def token(self, run_id: str, box: SecretBox) -> str | None:
        """The token of the source; None without one."""
        try:
            stored = (self._folder(run_id) / "token").read_text()
        except OSError:
            return None
        return box.decrypt(stored, _about_token(run_id))

    def renew_tokens(self, box: SecretBox) -> tuple[int, int]:
        """Encrypt the token of each import with the present key.

        Returns the numbers of tokens that were renewed, and of those that no key decrypts, which
        stay as they are.
        """
        renewed = unreadable = 0
        for file in self._root.glob("*/token"):
            try:
                new = box.renewed(file.read_text(), _about_token(file.parent.name))
                if new is not None:
                    self._write(file, new)
                    renewed += 1
            except FileNotFoundError:  # the import has ended meanwhile
                continue
            except (UnavailableError, ValueError):
                unreadable += 1
        return renewed, unreadable

    def spool(self, run_id: str) -> Path:
        """The spool file of an import."""
        return self._folder(run_id) / "spool.jsonl"

    def has_spool(self, run_id: str) -> bool:
        """Whether what an import has read is stored here."""
        return self.spool(run_id).is_file()

    def has_any(self, run_id: str) -> bool:
        """Whether anything of an import is stored here."""
        return self._folder(run_id).is_dir()

    def write_progress(self, run_id: str, progress: ImportProgress) -> None:
        """Store how far an import is."""
        file = self._folder(run_id) / "progress"
        with suppress(OSError):  # for people only; a full disk fails elsewhere
            self._write(file, json.dumps([progress.phase, progress.number]))

    def progress(self, run_id: str) -> ImportProgress | None:
        """How far an import is; None when it has not begun, or runs on another machine."""
        try:
            phase, number = json.loads((self._folder(run_id) / "progress").read_text())
        except (OSError, ValueError):
            return None
        return ImportProgress(phase, number)

    def remove_source(self, run_id: str) -> None:
        """Delete what was uploaded and the token: all of the source is in the spool file."""
        shutil.rmtree(self._folder(run_id) / "upload", ignore_errors=True)
        (self._folder(run_id) / "token").unlink(missing_ok=True)

    def remove(self, run_id: str) -> None:
        """Delete everything of an import."""
        shutil.rmtree(self._folder(run_id), ignore_errors=True)

    # -- locks ---------------------------------------------------------------------

    def take_lock(self, run_id: str) -> int:
        """Lock an import for the process that will run it; the descriptor, which it inherits.

        The lock lasts until the last process that has the descriptor ends, in any way. Raises
        ConflictError while a process runs the import.
        """
        self._create(self._folder(run_id))
        descriptor = os.open(self._folder(run_id) / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        for _ in range(_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            # `is_locked` has the lock for microseconds, a process that imports for long.
            time.sleep(0.01)
        os.close(descriptor)
        raise ConflictError("This import is running.", code="import_running")

    def is_locked(self, run_id: str) -> bool | None:
        """Whether a process of this machine runs the import; None when none of it did."""
        try:
            descriptor = os.open(self._folder(run_id) / "lock", os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)

    def sweep(self, now: float) -> None:
        """Delete what was not changed for a day, unless a process runs the import."""
        with suppress(OSError):
            for folder in self._root.iterdir():
                newest = max(each.stat().st_mtime for each in (folder, *folder.rglob("*")))
                if now - newest > _DAY_SECONDS and not self.is_locked(folder.name):
                    shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, run_id: str) -> Path:
        return self._root / run_id

    @staticmethod
    def _create(folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)

    @staticmethod
    def _write(file: Path, text: str) -> None:
        with private_files.replacing(file, is_durable=False) as out:
            out.write(text.encode())


def _about_token(run_id: str) -> str:
    return f"import {run_id}"
