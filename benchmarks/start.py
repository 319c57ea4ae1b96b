"""Start: seconds from the command to the first page."""

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
from benchmarks import goals
from benchmarks.data import fill, open_data
from benchmarks.servers import Server, bare_uvicorn, fyr

__all__ = ["main"]

_ROUNDS = 7
_YARDSTICK = "bare uvicorn"
_GOALS = {
    "fyr serve": "start",
    "fyr serve, no snapshot": "start none",
    "fyr serve, no data at all": "start empty",
}
_TIMEOUT_SECONDS = 60
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled_folder, empty_folder = folder / "filled", folder / "empty"
        filled_folder.mkdir()
        with open_data(filled_folder) as database, database.writing(SHELL) as ctx:
            fill(ctx)
        body = _page_and_snapshot(filled_folder)
        starts: dict[str, Start] = {
            "python that imports nothing": _bare_python,
            _YARDSTICK: lambda: bare_uvicorn(folder, 8841, body, {}),
            "fyr serve": lambda: fyr(filled_folder, 8842, "protocol"),
            "fyr serve, no snapshot": lambda: fyr(
                _without_snapshot(filled_folder), 8842, "protocol"
            ),
            "fyr serve, no data at all": lambda: fyr(
                _without_anything(empty_folder), 8842, "protocol"
            ),
        }
        seconds_by_name: dict[str, list[float]] = {each: [] for each in starts}
        for _ in range(_ROUNDS):
            for each, start in starts.items():
                started = time.perf_counter()
                with start():
                    seconds_by_name[each].append(time.perf_counter() - started)
    for each, seconds in seconds_by_name.items():
        ratio = median(
            own / yardstick
            for own, yardstick in zip(seconds, seconds_by_name[_YARDSTICK], strict=True)
        )
        print(
            f"start to first page, {each:28} {median(seconds):5.2f} s"
            f"  ({min(seconds):.2f}-{max(seconds):.2f})  {ratio:4.1f} x",
            flush=True,
        )
        if each in _GOALS:
            goals.record(_GOALS[each], f"{median(seconds):.2f} s, {ratio:.1f} x")


def _page_and_snapshot(folder: Path) -> bytes:
    """The first page. Returns after the server has written its snapshot."""
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
def _bare_python() -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    yield Server("python", 0, process.pid)
