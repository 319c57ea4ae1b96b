"""`fyr export` in processes that can be killed, at a step of their own or by the test.

Run as a program it reads one job a line and forks for each, so that the modules are imported once.
The process of a test may have threads and therefore cannot be forked.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from app.cli import main
from app.export import command as _preloaded  # noqa: F401  # for every fork

__all__ = ["KillableExports"]

# Audit events that the interpreter raises before the operation.
_STEPS = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.utime"})


class KillableExports:
    """The program, and the results of its exports."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.export.killable_exports"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def export(
        self,
        target: str,
        environment: Mapping[str, str],
        *,
        steps: int | None = None,
        begun: Callable[[int], None] = lambda pid: None,
    ) -> tuple[int, int]:
        """Export; with `steps`, kill the process before its step of that number in `target`.

        `begun` receives the process id. Returns the exit code and the number of steps.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([target, dict(environment), steps]) + "\n")
        self._process.stdin.flush()
        begun(self._read_number())
        return self._read_number(), self._read_number()

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=60)

    def _read_number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def _work() -> None:
    warm = False
    for line in sys.stdin:
        target, environment, steps = json.loads(line)
        os.environ.update(environment)
        if not warm:
            with TemporaryDirectory() as folder:
                warm = _exported(folder) == 0
        _forked(target, steps)


def _forked(target: str, steps: int | None) -> None:
    reading, writing = os.pipe()
    begin, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(begin, 1)
        _end(target, steps, writing)
    os.close(writing)
    _write_number(pid)
    os.write(ready, b".")
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reading) as reported:
        made = reported.read()
    _write_number(os.waitstatus_to_exitcode(status))
    _write_number(int(made or 0))
    os.close(begin)
    os.close(ready)


def _write_number(number: int) -> None:
    print(number, flush=True)  # noqa: T201  # to the parent process


def _end(target: str, last: int | None, writing: int) -> NoReturn:
    made = 0

    def step(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal made
        if event not in _STEPS or not str(arguments[0]).startswith(target):
            return
        if made == last:
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1

    sys.addaudithook(step)
    code = 70
    try:
        code = _exported(target)
        os.write(writing, str(made).encode())
    finally:
        os._exit(code)


def _exported(target: str) -> int:
    sys.argv = ["fyr", "export", target]
    try:
        with redirect_stdout(sys.stderr):
            main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


if __name__ == "__main__":
    _work()
