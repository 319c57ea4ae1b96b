"""New file of a backup: for its owner alone, and complete or not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app import private_files
from app.domain.errors import InvalidError

__all__ = ["new_file"]


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone, which replaces `path` when everything is on the disk.

    Raises InvalidError when it cannot be written.
    """
    try:
        with private_files.replacing(path) as out:
            yield out
    except OSError as error:
        raise InvalidError(f"{path} cannot be written: {error.strerror}.") from None
