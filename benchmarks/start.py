"""Start: seconds from the command to the first page, and to the end of short commands."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from app.usecases.context import SHELL
from benchmarks import goals
from benchmarks.data import fill, open_data
from benchmarks.servers import Server, bare_uvicorn, fyr
from tests.trust.authorities import leaf, make
from tests.trust.x509.test_chain import pem

__all__ = ["main"]

_ROUNDS = 7
_YARDSTICK = "bare uvicorn"
_GOALS = {
    "fyr --help": "help",
    "fyr judge FILE": "verdict",
    "snapshot": "start",
    "none": "start none",
    "empty": "start empty",
}
_TIMEOUT_SECONDS = 60
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _print_commands(folder)
        filled_folder, empty_folder = folder / "filled", folder / "empty"
        filled_folder.mkdir()
        with open_data(filled_folder) as database, database.writing(SHELL) as ctx:
            fill(ctx)
        body = _page_and_snapshot(filled_folder)
        starts: dict[str, Start] = {
            _YARDSTICK: lambda: bare_uvicorn(folder, 8841, body, {}),
            "snapshot": lambda: fyr(filled_folder, 8842, "protocol"),
            "none": lambda: fyr(_without_snapshot(filled_folder), 8842, "protocol"),
            "empty": lambda: fyr(_without_anything(empty_folder), 8842, "protocol"),
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
            f"start to first page: {each:14} {median(seconds):5.2f} s"
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


def _print_commands(folder: Path) -> None:
    """Seconds and processor seconds of commands, in turns with `python -c pass`."""
    chain = folder / "chain.pem"
    chain.write_bytes(pem(leaf("Inter")) + pem(make("Inter", "Root")))
    fyr_command = [sys.executable, "-m", "app.cli"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "fyr --help": [*fyr_command, "--help"],
        "fyr judge FILE": [*fyr_command, "judge", str(chain), "--host", "status.example.com"],
    }
    taken: dict[str, list[tuple[float, float]]] = {each: [] for each in commands}
    for _ in range(_ROUNDS):
        for each, command in commands.items():
            taken[each].append(_seconds(command))
    for each, found in taken.items():
        passed, used = (median(part) for part in zip(*found, strict=True))
        print(f"{each:16} {passed:5.2f} s  {used:5.2f} s of processor time", flush=True)
        if each in _GOALS:
            goals.record(_GOALS[each], f"{passed:.2f} s, {used:.2f} s of CPU")


def _seconds(command: list[str]) -> tuple[float, float]:
    """Seconds that a command takes, and its processor seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    # Its exit code is the verdict on the chain.
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    passed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
