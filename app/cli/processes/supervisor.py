"""Child processes of `fyr serve`: started again when they fall over, gone when we go."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

__all__ = ["Child", "Supervisor"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_STABLE_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0
# Threads otherwise get heaps of their own, which keep what they once needed. And glibc learns from
# the first large block that is let go to keep such blocks: compressing needs one for each page.
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


class Child:
    """One process that runs a `fyr` command.

    It holds the reading end of a pipe; when this process ends in whatever way, the pipe closes and
    the child ends too. One that `tells` says through another pipe when it is ready.
    """

    def __init__(self, arguments: Sequence[str], fds: Sequence[int], *, tells: bool) -> None:
        self._told, telling = os.pipe()
        words = [*arguments, "--ready-fd", str(telling)] if tells else arguments
        # A session of its own: Ctrl-C in the terminal is ours to pass on, in order.
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and command
            [sys.executable, "-m", "app.cli", *words],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[*fds, telling] if tells else fds,
            env={**_ENVIRONMENT, **os.environ},
        )
        os.close(telling)
        self._is_ready: bool | None = None

    def becomes_ready(self) -> bool:
        """Wait until it says that it is ready, or no longer can."""
        if self._is_ready is None:
            with os.fdopen(self._told, "rb") as told:
                self._is_ready = bool(told.read(1))
        return self._is_ready

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send it the signal; it ends by itself or, when it takes too long, is killed."""
        self.process.send_signal(number)
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


class Supervisor:
    """Keeps one `fyr` command running inside its `with` block, in a process of its own.

    A command that `tells` says when it is ready: a new one takes over then. `ready` is called when
    the first one is, and `failed`, with its exit code, when that never was: it is not tried again.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        fds: Sequence[int] = (),
        *,
        tells: bool = False,
        ready: Callable[[], None] | None = None,
        failed: Callable[[int], None] | None = None,
    ) -> None:
        self._arguments, self._fds = arguments, fds
        self._name = arguments[0]
        self._ready, self._failed = ready, failed
        self._tells = tells
        self._stopping = threading.Event()
        self._swapping = threading.Lock()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._was_ready = False
        self._child: Child

    def __enter__(self) -> "Supervisor":
        self._child = self._start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._swapping:
            self._stopping.set()
        self._child.end()
        self._thread.join(_PATIENCE_SECONDS)

    def leave(self) -> None:
        """Tell the child to end, and let what ends stay so.

        Never by SIGINT: Python would tell of that at length in a child that has not begun yet.
        """
        with self._swapping:
            self._stopping.set()
        self._child.process.terminate()

    def renew(self) -> bool:
        """Put a fresh process in the place of the one that runs, once it is ready.

        False when it did not come so far; then all is as it was.
        """
        successor = self._start()
        if self._tells and not successor.becomes_ready():
            code = successor.process.wait()
            _log.error("supervisor.not_renewed child=%s code=%d", self._name, code)
            return False
        with self._swapping:
            if self._stopping.is_set():
                successor.end()
                return False
            former, self._child = self._child, successor
        former.end()
        return True

    def _start(self) -> Child:
        return Child(self._arguments, self._fds, tells=self._tells)

    def _keep_running(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            child, started = self._child, time.monotonic()
            if child.becomes_ready():
                self._tell_ready()
            code = child.process.wait()
            if self._stopping.is_set():
                return
            if child is not self._child:
                continue
            # One that was killed did not choose to end.
            if not self._was_ready and code > 0 and self._failed is not None:
                self._failed(code)
                return
            stable = time.monotonic() - started > _STABLE_SECONDS
            pause = _FIRST_PAUSE if stable else pause
            _log.error("supervisor.restarting child=%s code=%d in=%.0f", self._name, code, pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            with self._swapping:
                if self._stopping.is_set():
                    return
                if child is self._child:
                    self._child = self._start()

    def _tell_ready(self) -> None:
        if not self._was_ready and self._ready is not None:
            self._ready()
        self._was_ready = True
