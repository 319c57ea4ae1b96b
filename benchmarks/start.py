"""Start: seconds from the shell to the first page."""

import shutil
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
from benchmarks.data import fill, open_data
from benchmarks.servers import Server, bare_uvicorn, fyr

__all__ = ["main"]

_ROUNDS = 7
_YARDSTICK = "bare uvicorn"
_TIMEOUT_SECONDS = 60
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known, emptied = folder / "known", folder / "emptied"
        known.mkdir()
        with open_data(known) as database, database.writing(SHELL) as ctx:
            fill(ctx)
        body = _page_and_snapshot(known)
        starts: dict[str, Start] = {
            "python that imports nothing": _nothing,
            _YARDSTICK: lambda: bare_uvicorn(folder, 8841, body, {}),
            "fyr serve": lambda: fyr(known, 8842, "protocol"),
            "fyr serve, no snapshot": lambda: fyr(_without_snapshot(known), 8842, "protocol"),
            "fyr serve, no data at all": lambda: fyr(_without_anything(emptied), 8842, "protocol"),
        }
        took: dict[str, list[float]] = {each: [] for each in starts}
        for _ in range(_ROUNDS):
            for each, start in starts.items():
                begun = time.perf_counter()
                with start():
                    took[each].append(time.perf_counter() - begun)
    for each, seconds in took.items():
        ratio = median(mine / its for mine, its in zip(seconds, took[_YARDSTICK], strict=True))
        print(
            f"start to first page, {each:28} {median(seconds):5.2f} s"
            f"  ({min(seconds):.2f}-{max(seconds):.2f})  {ratio:4.1f} x",
            flush=True,
        )


def _page_and_snapshot(folder: Path) -> bytes:
    """The first page; returns when the snapshot is written too."""
    written, deadline = folder / "snapshot" / "pages", time.monotonic() + _TIMEOUT_SECONDS
    with fyr(folder, 8843, "protocol") as server:
        while not written.exists():
            if time.monotonic() > deadline:
                raise RuntimeError("no snapshot was written")
            time.sleep(0.1)
        with urllib.request.urlopen(server.url) as answer:
            return bytes(answer.read())


def _without_snapshot(folder: Path) -> Path:
    fresh = folder.with_name("fresh")
    _without_anything(fresh)
    fresh.mkdir()
    for each in folder.glob("fyr.db*"):
        shutil.copy(each, fresh)
    return fresh


def _without_anything(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@contextmanager
def _nothing() -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    yield Server("python", 0, process.pid)
