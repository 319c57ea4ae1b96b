"""What every process that `fyr serve` starts does: tell that it is ready, end with its parent."""

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

__all__ = ["tell_ready", "when_orphaned"]

_STDIN = 0


def tell_ready(fd: int | None) -> None:
    """Tell the parent, once, through this end of a pipe."""
    if fd is None:
        return
    with suppress(OSError), os.fdopen(fd, "wb") as telling:
        telling.write(b".")


def when_orphaned(act: Callable[[], object]) -> None:
    """Have `act` called, in a thread, when the parent has gone."""
    Thread(target=_wait, args=(act,), name="fyr-parent", daemon=True).start()


def _wait(act: Callable[[], object]) -> None:
    # The parent holds the other end: however it goes, even by kill -9, this read ends. Not through
    # sys.stdin: an interpreter that ends while a thread holds its lock falls over.
    while os.read(_STDIN, 1024):
        pass
    with suppress(RuntimeError):  # we are ending anyway
        act()
