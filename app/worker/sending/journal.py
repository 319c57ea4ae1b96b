"""Journal of a worker: what receiving systems have accepted and the database does not know yet.

A worker appends each accepted delivery before it is marked as sent. The file outlives the process;
another worker, or the next one, marks what is in it. A worker holds a lock on its file for as long
as it lives (flock), so that a free lock means that it has ended, however it ended.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

__all__ = ["AbandonedJournal", "Journal", "abandoned_journals"]

_LOCK, _SENT = ".lock", ".sent"
# A journal whose deliveries are all marked is emptied when it is longer than this.
_LONGEST = 65_536


@dataclass(slots=True)
class Journal:
    """The journal of this worker in `folder`. `worker` is a name that no other one has.

    Its methods may be called from any thread.
    """

    folder: Path
    worker: str
    _lock: int = field(init=False, repr=False)
    _sent: int = field(init=False, repr=False)
    _is_open: bool = True
    _access: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Locked under another name first: a worker that looks for abandoned journals must not find
        # it in between.
        new = self.folder / f".{self.worker}{_LOCK}"
        self._lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._sent = os.open(self._path(_SENT), flags, 0o600)
        new.rename(self._path(_LOCK))

    def append(self, delivery: str, external_id: str | None) -> None:
        """Record that a delivery was accepted, by its public id, with one write(2).

        Raises OSError after the end.
        """
        line = json.dumps([delivery, external_id]) + "\n"
        with self._access:
            if not self._is_open:
                raise OSError(errno.EBADF, "the journal is closed")
            os.write(self._sent, line.encode())

    def truncate(self) -> None:
        """Empty a long journal. Every delivery in it is marked as sent."""
        with self._access:
            if self._is_open and os.fstat(self._sent).st_size > _LONGEST:
                os.ftruncate(self._sent, 0)

    def close(self, *, remove: bool) -> None:
        """Release the journal; `remove` it when nothing is unmarked."""
        with self._access:
            self._is_open = False
            if remove:
                for suffix in (_SENT, _LOCK):
                    self._path(suffix).unlink(missing_ok=True)
            os.close(self._sent)
            os.close(self._lock)

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{self.worker}{suffix}"


@dataclass(frozen=True, slots=True)
class AbandonedJournal:
    """The journal of a worker that has ended: external ids by the public id of a delivery."""

    worker: str
    accepted: Mapping[str, str | None]


@contextmanager
def abandoned_journals(folder: Path, own: str) -> Iterator[list[AbandonedJournal]]:
    """The journals of workers that have ended, locked until the end, and then deleted.

    They stay after an exception: the next one who looks applies them. `own` is this worker.
    """
    held: list[tuple[Path, int]] = []
    try:
        for path in sorted(folder.glob(f"*{_LOCK}")):
            if path.name.startswith(".") or path.name == f"{own}{_LOCK}":
                continue
            handle = _locked(path)
            if handle is not None:
                held.append((path, handle))
        yield [_read(path) for path, _ in held]
        for path, _ in held:
            path.with_suffix(_SENT).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
    finally:
        for _, handle in held:
            os.close(handle)


def _locked(path: Path) -> int | None:
    """The open file, locked; None while its worker lives, or when it is gone."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _read(path: Path) -> AbandonedJournal:
    accepted: dict[str, str | None] = {}
    with suppress(FileNotFoundError):
        for line in path.with_suffix(_SENT).read_text().splitlines():
            # The last line may be cut short by a full disk.
            with suppress(ValueError, TypeError):
                delivery, external_id = json.loads(line)
                accepted[str(delivery)] = external_id if external_id is None else str(external_id)
    return AbandonedJournal(path.name.removesuffix(_LOCK), accepted)
