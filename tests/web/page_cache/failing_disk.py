"""Disk that fails under the SQLite files of one folder, for any user and on any file system.

The Unix layer of SQLite lets a program replace its system calls, for tests such as these
(`xSetSystemCall`, https://www.sqlite.org/c3ref/vfs.html). Those of the folder then return the error
number that a full or a read-only disk returns. Only root may mount a disk that really is.
"""

import _sqlite3
import ctypes
import errno
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

__all__ = ["FailingDisk"]

_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, use_errno=True)
_UNLINK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, use_errno=True)
_WRITE = (ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
# SQLite uses one of the three, depending on how it was built.
_WRITES: Mapping[str, Any] = {
    "write": ctypes.CFUNCTYPE(*_WRITE, use_errno=True),
    "pwrite": ctypes.CFUNCTYPE(*_WRITE, ctypes.c_int64, use_errno=True),
    "pwrite64": ctypes.CFUNCTYPE(*_WRITE, ctypes.c_int64, use_errno=True),
}
_PROTOTYPES: Mapping[str, Any] = {"open": _OPEN, "unlink": _UNLINK, **_WRITES}


class FailingDisk:
    """The disk of the SQLite files in `folder`, which works until one of its faults is begun."""

    # The callbacks of this process ask the one that fails at present.
    present: "FailingDisk | None" = None

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.realpath(folder)
        self._write_error = 0
        self._open_error = 0
        self._unwritable: Path | None = None
        if not _callbacks():
            pytest.skip("this SQLite does not let its system calls be replaced")

    def fill(self) -> None:
        """Have no room: no write succeeds."""
        self._begin(write=errno.ENOSPC)

    def make_read_only(self) -> None:
        """Be mounted read-only: no file can be written, created or deleted."""
        self._begin(write=errno.EROFS, opening=errno.EROFS)

    def protect(self, file: Path) -> None:
        """Refuse to open this file for writing. A file that is open already stays writable."""
        self._unwritable = file.resolve()
        self._begin(opening=errno.EACCES)

    def repair(self) -> None:
        """Work again."""
        FailingDisk.present = None
        for name in _callbacks():
            _set_system_call(name, None)

    def error_of_write(self, fd: int) -> int:
        """The error number of a write to this file descriptor; 0 when it succeeds."""
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        return self._write_error if self._contains(path) else 0

    def error_of_change(self, path: str) -> int:
        """The error number of creating, deleting or opening this file for writing; 0 for none."""
        if self._unwritable is not None and path != str(self._unwritable):
            return 0
        return self._open_error if self._contains(path) else 0

    def _contains(self, path: str) -> bool:
        return path.startswith(f"{self._folder}/")

    def _begin(self, *, write: int = 0, opening: int = 0) -> None:
        self._write_error, self._open_error = write, opening
        FailingDisk.present = self
        for name, callback in _callbacks().items():
            _set_system_call(name, callback)


def _error_of_path(path: bytes) -> int:
    disk = FailingDisk.present
    return 0 if disk is None else disk.error_of_change(os.path.realpath(os.fsdecode(path)))


def _open_unless_refused(call: Callable[..., int]) -> Callable[..., int]:
    def open_file(path: bytes, flags: int, mode: int) -> int:
        error = _error_of_path(path) if flags & (os.O_WRONLY | os.O_RDWR) else 0
        return _fail(error) if error else call(path, flags, mode)

    return open_file


def _unlink_unless_refused(call: Callable[..., int]) -> Callable[..., int]:
    def unlink(path: bytes) -> int:
        error = _error_of_path(path)
        return _fail(error) if error else call(path)

    return unlink


def _write_unless_refused(call: Callable[..., int]) -> Callable[..., int]:
    def write(fd: int, *arguments: int) -> int:
        disk = FailingDisk.present
        error = 0 if disk is None else disk.error_of_write(fd)
        return _fail(error) if error else call(fd, *arguments)

    return write


def _fail(error: int) -> int:
    ctypes.set_errno(error)
    return -1


@cache  # until the process ends: a thread may be inside one of them at any time
def _callbacks() -> Mapping[str, Any]:
    """The system calls that can be replaced, with what replaces them; none on another SQLite."""
    if _vfs() is None:
        return {}
    wrappers = dict.fromkeys(_WRITES, _write_unless_refused)
    wrappers |= {"open": _open_unless_refused, "unlink": _unlink_unless_refused}
    return {
        name: _PROTOTYPES[name](wrappers[name](_PROTOTYPES[name](address)))
        for name in wrappers
        if (address := _vfs().xGetSystemCall(ctypes.byref(_vfs()), name.encode()))
    }


def _set_system_call(name: str, callback: Any) -> None:  # noqa: ANN401  # a ctypes function
    address = ctypes.cast(callback, ctypes.c_void_p) if callback is not None else None
    assert _vfs().xSetSystemCall(ctypes.byref(_vfs()), name.encode(), address) == 0


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""


_SET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Vfs), ctypes.c_char_p, ctypes.c_void_p)
_GET = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(_Vfs), ctypes.c_char_p)
_METHODS = (
    *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose"),
    *("xRandomness", "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64"),
)
_Vfs._fields_ = [
    ("iVersion", ctypes.c_int),
    ("szOsFile", ctypes.c_int),
    ("mxPathname", ctypes.c_int),
    ("pNext", ctypes.c_void_p),
    ("zName", ctypes.c_char_p),
    ("pAppData", ctypes.c_void_p),
    *((name, ctypes.c_void_p) for name in _METHODS),
    ("xSetSystemCall", _SET),
    ("xGetSystemCall", _GET),
]


@cache
def _vfs() -> Any:  # noqa: ANN401  # a structure of ctypes, or None
    """SQLite's default layer of this process; None if it is built into Python without names."""
    try:
        find = ctypes.CDLL(_sqlite3.__file__).sqlite3_vfs_find
    except (AttributeError, OSError):
        return None
    find.restype = ctypes.POINTER(_Vfs)
    found = find(None).contents
    return found if found.iVersion >= 3 else None
