"""Supervisor: runs a `fyr` command in a child process, restarts it, and replaces it on request."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from app.cli.processes.child import REPLACEMENT

__all__ = ["Child", "Supervisor"]

_log = logging.getLogger(__name__)

_MIN_RESTART_DELAY = 1.0
_MAX_RESTART_DELAY = 30.0
# A child that ran for this long is restarted with the shortest delay.
_STABLE_SECONDS = 60.0
_STOP_TIMEOUT_SECONDS = 5.0
# glibc gives each thread a heap of its own, which keeps the most it ever needed, and raises its
# mmap threshold when a large block is freed. Compressing needs a large block for each page.
_MALLOC_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


class Child:
    """One process that runs a `fyr` command.

    Its standard input is a pipe from this process, which closes when this process ends in any way;
    the child ends then. With `reports_ready` the child gets another pipe as `--ready-fd`. A child
    that replaces a running one finds that in its environment.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        fds: Sequence[int],
        *,
        reports_ready: bool,
        replaces: bool = False,
    ) -> None:
        self._ready_pipe, child_end = os.pipe()
        if reports_ready:
            arguments, fds = [*arguments, "--ready-fd", str(child_end)], [*fds, child_end]
        # In a session of its own: Ctrl-C in the terminal reaches this process alone, which ends
        # its children in order.
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and command
            [_interpreter(), "-m", "app.cli", *arguments],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=fds,
            env={**_MALLOC_ENVIRONMENT, **os.environ, **(REPLACEMENT if replaces else {})},
        )
        os.close(child_end)
        self._is_ready: bool | None = None

    def wait_until_ready(self) -> bool:
        """Wait until the child reports that it is ready; False when it ended before."""
        if self._is_ready is None:
            with os.fdopen(self._ready_pipe, "rb") as pipe:
                self._is_ready = bool(pipe.read(1))
        return self._is_ready

    def stop(self) -> None:
        """Send SIGTERM and wait for the end; kill a child that takes too long."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def _interpreter() -> str:
    """The interpreter of the release that is installed at this moment.

    An upgrade with release folders switches a symbolic link in the path. A child gets the path
    without it: what it imports or reads later is of the release that it was started with.
    """
    folder, name = os.path.split(sys.executable)
    return str(Path(folder).resolve() / name)


class Supervisor:
    """Context manager that keeps one `fyr` command running in a child process.

    A command with `reports_ready` is replaced without a gap: the new child takes over when it is
    ready. `on_ready` is called when the first child is ready; `on_failure`, with its exit code,
    when it fails before that, in which case it is not restarted.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        fds: Sequence[int] = (),
        *,
        reports_ready: bool = False,
        on_ready: Callable[[], None] | None = None,
        on_failure: Callable[[int], None] | None = None,
    ) -> None:
        self._arguments, self._fds = arguments, fds
        self._name = arguments[0]
        self._on_ready, self._on_failure = on_ready, on_failure
        self._reports_ready = reports_ready
        self._stopping = threading.Event()
        self._child_lock = threading.Lock()
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
        with self._child_lock:
            self._stopping.set()
        self._child.stop()
        self._thread.join(_STOP_TIMEOUT_SECONDS)

    def begin_stop(self) -> None:
        """Send SIGTERM to the child, and do not restart it when it ends.

        Not SIGINT: a child that is still starting would print a traceback of KeyboardInterrupt.
        """
        with self._child_lock:
            self._stopping.set()
        self._child.process.terminate()

    def replace(self) -> bool:
        """Start a new child, and stop the former one when the new one is ready.

        False, with the former child still running, when the new one failed to start.
        """
        successor = self._start(replaces=True)
        if self._reports_ready and not successor.wait_until_ready():
            code = successor.process.wait()
            _log.error("supervisor.not_renewed child=%s code=%d", self._name, code)
            return False
        with self._child_lock:
            if self._stopping.is_set():
                successor.stop()
                return False
            former, self._child = self._child, successor
        former.stop()
        return True

    def _start(self, *, replaces: bool = False) -> Child:
        return Child(
            self._arguments, self._fds, reports_ready=self._reports_ready, replaces=replaces
        )

    def _keep_running(self) -> None:
        delay = _MIN_RESTART_DELAY
        while True:
            child, started = self._child, time.monotonic()
            if child.wait_until_ready():
                self._report_first_ready()
            code = child.process.wait()
            if self._stopping.is_set():
                return
            if child is not self._child:
                continue
            # A negative code is a signal: the child did not fail by itself.
            if not self._was_ready and code > 0 and self._on_failure is not None:
                self._on_failure(code)
                return
            stable = time.monotonic() - started > _STABLE_SECONDS
            delay = _MIN_RESTART_DELAY if stable else delay
            _log.error("supervisor.restarting child=%s code=%d in=%.0f", self._name, code, delay)
            self._stopping.wait(delay)
            delay = min(delay * 2, _MAX_RESTART_DELAY)
            with self._child_lock:
                if self._stopping.is_set():
                    return
                if child is self._child:
                    self._child = self._start()

    def _report_first_ready(self) -> None:
        if not self._was_ready and self._on_ready is not None:
            self._on_ready()
        self._was_ready = True
