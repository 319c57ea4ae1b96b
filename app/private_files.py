"""Files that only the user of the process can read, from their first byte on."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["create", "replacing", "write_new"]


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


def _sync(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
