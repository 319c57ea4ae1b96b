"""Imports of documents in processes that kill themselves (SIGKILL) before a statement of their own.

Run as a program it reads one job a line and forks for each, so that the modules are imported once.
The process of a test may have threads and therefore cannot be forked.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event

from app.db.engine import make_engine
from app.importers.fyr import document_items
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.imports.imports import HistoryImport, import_history
from tests.fakes import fake_hashes

__all__ = ["KillableImports"]


class KillableImports:
    """The program, and how each of its imports ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.usecases.imports.killable_import"],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, url: str, folder: Path, last: int, *, resume: bool) -> int:
        """Import `document.json` of the folder, or resume it; the exit code of the process.

        It is killed before its statement number `last`, 0 for never.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([url, str(folder), last, resume]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=300)


def _work() -> None:
    for line in sys.stdin:
        url, folder, last, resume = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _end(url, Path(folder), last, resume=resume)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # to the test


def _end(url: str, folder: Path, last: int, *, resume: bool) -> NoReturn:
    code = 70
    try:
        _import(url, folder, last, resume=resume)
        code = 0
    except Exception:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _import(url: str, folder: Path, last: int, *, resume: bool) -> None:
    engine = make_engine(url)
    database = Database(engine)
    statements = 0

    def count(*_: Any) -> None:  # noqa: ANN401  # the arguments of the event
        nonlocal statements
        statements += 1
        if statements == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    run = HistoryImport(
        reading=lambda: database.reading(SHELL),
        writing=lambda: database.writing(SHELL),
        spool=folder / "import",
        hashes=fake_hashes(),
        whole=1,
        batch=3,
        resume=resume,
    )
    import_history(run, document_items(json.loads((folder / "document.json").read_text("utf-8"))))


if __name__ == "__main__":
    _work()
