"""Child processes of `fyr serve`: started again when they fall over, gone when we go."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType

__all__ = ["Supervisor"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_STABLE_SECONDS = 60.0
_PATIENCE_SECONDS = 2.0


class Supervisor:
    """Keeps one `fyr` command running inside its `with` block, in a process of its own.

    The child holds the reading end of a pipe; when this process ends in whatever way, the pipe
    closes and the child ends too.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", "app.cli", *arguments]
        self._name = arguments[0]
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        child = self._child
        if child is not None:
            _end(child)
        self._thread.join(_PATIENCE_SECONDS)

    def _keep_running(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            started = time.monotonic()
            # A session of its own: Ctrl-C in the terminal is ours to pass on, in order.
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and command
                self._command, stdin=subprocess.PIPE, start_new_session=True
            )
            code = self._child.wait()
            if self._stopping.is_set():
                return
            stable = time.monotonic() - started > _STABLE_SECONDS
            pause = _FIRST_PAUSE if stable else pause
            _log.error("supervisor.restarting child=%s code=%d in=%.0f", self._name, code, pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    child.terminate()
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
