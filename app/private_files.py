"""Files that only the user of the process can read, from their first byte on."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import UnavailableError

__all__ = ["create", "locked", "replacing", "write_new"]


def create(path: Path) -> BinaryIO:
    """A new file, open for writing. Raises OSError, FileExistsError when it is there."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def write_new(path: Path, content: bytes) -> None:
    """Write a new file, which is on the disk afterwards. Raises OSError as `create` does."""
    with create(path) as out:
        out.write(content)
        _sync(out)


@contextmanager
def replacing(path: Path, *, is_durable: bool = True) -> Iterator[BinaryIO]:
    """A file that replaces `path` at the end of the block, unless the block raises.

    It is on the disk before that, unless a crash of the machine may lose it (`is_durable`). Raises
    OSError.
    """
    # Random: what a process left that was killed must not be in the way of another one.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with create(temporary) as out:
            yield out
            if is_durable:
                _sync(out)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a file, which is created empty, and never written to.

    A symbolic link is not followed: somebody could let it lead anywhere. Raises UnavailableError,
    and BlockingIOError when another process holds the lock and `wait` is False.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise UnavailableError(
            f"The lock file {path.name} of the data directory cannot be opened: {error.strerror}. "
            "Remove what is there under this name."
        ) from error
    with os.fdopen(descriptor, "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def _sync(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
