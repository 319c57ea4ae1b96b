"""`fyr export` in processes that are killed: at a step of their own, or when somebody says so.

Run as a program it reads one job a line, and forks for each: what all of them import is there
already. No test's process can be forked so, it may have threads.
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

__all__ = ["Doomed"]

# What the interpreter tells of before it is done.
_STEPS = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.utime"})


class Doomed:
    """The program, and what it tells of each export."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.export.doomed"],
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
        """Export; killed before its step of this number in the folder `target`, if one is named.

        `begun` is told the process. Returns how it ended, and how many steps it made.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([target, dict(environment), steps]) + "\n")
        self._process.stdin.flush()
        begun(self._told())
        return self._told(), self._told()

    def close(self) -> None:
        """Let the program end."""
        self._process.communicate(timeout=60)

    def _told(self) -> int:
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
    _say(pid)
    os.write(ready, b".")
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reading) as told:
        made = told.read()
    _say(os.waitstatus_to_exitcode(status))
    _say(int(made or 0))
    os.close(begin)
    os.close(ready)


def _say(number: int) -> None:
    print(number, flush=True)  # noqa: T201  # to who started this


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
