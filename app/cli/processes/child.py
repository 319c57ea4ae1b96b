"""Child processes of `fyr serve`: reporting readiness, and ending with the parent process."""

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

__all__ = ["REPLACEMENT", "is_replacement", "report_ready", "when_orphaned"]

_STDIN = 0
_REPLACES = "SUPERVISOR_REPLACES"
# Environment of a child that replaces a running one. Not an option: `fyr serve` of one release
# starts children of another, which would refuse an option that it does not know.
REPLACEMENT = {_REPLACES: "1"}


def is_replacement() -> bool:
    """Whether this process replaces one that still runs. Its own children do not see it."""
    return os.environ.pop(_REPLACES, "") == "1"


def report_ready(fd: int | None) -> None:
    """Report to the parent, once, through this end of a pipe; None for a process without one."""
    if fd is None:
        return
    with suppress(OSError), os.fdopen(fd, "wb") as pipe:
        pipe.write(b".")


def when_orphaned(callback: Callable[[], object]) -> None:
    """Call `callback` in a thread when the parent has ended."""
    Thread(target=_wait_for_end, args=(callback,), name="fyr-parent", daemon=True).start()


def _wait_for_end(callback: Callable[[], object]) -> None:
    # The parent holds the other end of the pipe, so this read returns however the parent ends,
    # kill -9 included. Not through sys.stdin: an interpreter that finalizes while a thread holds
    # the lock of sys.stdin crashes.
    while os.read(_STDIN, 1024):
        pass
    with suppress(RuntimeError):  # the event loop of this process has ended already
        callback()
