"""From the shell to the first page."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

from app.usecases.context import SHELL
from benchmarks.data import filled, opened
from benchmarks.servers import Server, bare_uvicorn, fyr

__all__ = ["main"]

_ROUNDS = 7
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder) as database, database.writing(SHELL) as ctx:
            filled(ctx)
        body = _page(folder)
        starts: dict[str, Start] = {
            "python that imports nothing": _nothing,
            "bare uvicorn": lambda: bare_uvicorn(folder, 8841, body, {}),
            "fyr serve": lambda: fyr(folder, 8842, "protocol"),
        }
        took: dict[str, list[float]] = {each: [] for each in starts}
        for _ in range(_ROUNDS):
            for each, start in starts.items():
                begun = time.perf_counter()
                with start():
                    took[each].append(time.perf_counter() - begun)
    yard = median(took["bare uvicorn"])
    for each, seconds in took.items():
        found = median(seconds)
        print(f"start to first page, {each:28} {found:5.2f} s  {found / yard:4.1f} x", flush=True)


def _page(folder: Path) -> bytes:
    with fyr(folder, 8843, "protocol") as server, urllib.request.urlopen(server.url) as answer:
        return bytes(answer.read())


@contextmanager
def _nothing() -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    yield Server("python", 0, process.pid)
