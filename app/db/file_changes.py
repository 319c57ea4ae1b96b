"""Changes of a SQLite database by any process, noticed by the kernel (inotify, Linux only)."""

import ctypes
import os
import select
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["FileChanges"]

_IN_MODIFY = 0x2
_IN_CREATE = 0x100
_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
# Watch descriptor, mask, cookie and length of the name, which follows (inotify(7)).
_HEADER = struct.Struct("iIII")
_BUFFER = 64 * 1024


class FileChanges:
    """Waits for writes to a database and to its companions, such as the write-ahead log.

    The standard library has no inotify; three calls of the C library are all that it takes. Raises
    OSError where there is none.
    """

    def __init__(self, database: Path) -> None:
        self._prefix = database.name.encode()
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            raise OSError("there is no inotify")
        self._fd: int = libc.inotify_init1(_FLAGS)
        folder = os.fsencode(database.parent)
        if self._fd < 0 or libc.inotify_add_watch(self._fd, folder, _IN_MODIFY | _IN_CREATE) < 0:
            error = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            self.close()
            raise error
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the watch."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def wait(self, seconds: float) -> bool:
        """Wait for a write; False when there was none within `seconds`.

        A write precedes its commit: SQLite has yet to sync the log and to publish it.
        """
        if not self._poll.poll(seconds * 1000):
            return False
        return any(name.startswith(self._prefix) for name in self._names())

    def _names(self) -> list[bytes]:
        content, names, at = os.read(self._fd, _BUFFER), [], 0
        while at < len(content):
            length = _HEADER.unpack_from(content, at)[3]
            at += _HEADER.size
            names.append(content[at : at + length].rstrip(b"\0"))
            at += length
        return names
