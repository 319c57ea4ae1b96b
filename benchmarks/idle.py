"""Idle: processor time of an installation with one service that nobody uses."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.usecases.context import SHELL
from app.usecases.database import Database
from benchmarks import goals
from tests.factories import make_service
from tests.web.page_cache.cluster import own_cluster

__all__ = ["main"]

_PORT = 8871
_SETTLING_SECONDS, _SECONDS = 10.0, 30.0


def main() -> None:
    """Print the share of a core that each process takes, on SQLite and on PostgreSQL."""
    print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        _measure("SQLite", f"sqlite:///{name}/fyr.db", Path(name))
    with own_cluster() as cluster, tempfile.TemporaryDirectory() as name:
        _measure("PostgreSQL", cluster.url, Path(name))


def _measure(title: str, url: str, folder: Path) -> None:
    upgrade(url)
    database = Database(make_engine(url))
    with database.writing(SHELL) as ctx:
        make_service(ctx)
    database.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(_PORT)],
        env={
            **os.environ,
            "FYR_DATA_DIR": str(folder),
            "FYR_DATABASE_URL": url,
            "FYR_LOG_LEVEL": "error",
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/en/").close())
        _wait(lambda: _processes(process.pid)["worker"])
        time.sleep(_SETTLING_SECONDS)
        found = _processes(process.pid)
        before = {name: _cpu_seconds(pid) for name, pid in found.items()}
        time.sleep(_SECONDS)
        shares = {
            name: (_cpu_seconds(pid) - before[name]) / _SECONDS for name, pid in found.items()
        }
        for name, share in shares.items():
            print(f"{title:10}  {name:10}  {share:7.2%} of a core", flush=True)
        goals.record(f"idle {title}", f"{shares['web']:.2%}; {shares['worker']:.2%}")
    finally:
        process.terminate()
        process.wait(30)


def _wait(is_ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            is_ready()
        except (OSError, KeyError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _processes(supervisor: int) -> dict[str, int]:
    """The supervisor, and its children by their command: `web` and `worker`."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    found = {"supervisor": supervisor}
    for pid in children:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        name = next((each for each in (b"web", b"worker") if each in words), None)
        if name is not None:
            found[name.decode()] = int(pid)
    return found


def _cpu_seconds(pid: int) -> float:
    """Processor time of all threads: in nanoseconds, while /proc/PID/stat has ticks of 10 ms."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9
