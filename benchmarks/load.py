"""wrk on the other core, and what the server spent on each request."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.servers import Server

__all__ = ["Kind", "ask_for", "costs", "missing_programs"]

LOAD_CORE = "1"
_REQUESTS = re.compile(r"(\d+) requests in")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True)
class Kind:
    """A kind of request: its headers, as wrk takes them."""

    name: str
    headers: tuple[str, ...]


def missing_programs() -> list[str]:
    return [name for name in ("wrk", "nginx", "taskset") if shutil.which(name) is None]


def ask_for(server: Server, kind: Kind, seconds: int, connections: int = 64) -> tuple[int, float]:
    """How many were answered, and the server's CPU time."""
    before = server.cpu_seconds()
    headers = [word for header in kind.headers for word in ("-H", header)]
    with tempfile.TemporaryDirectory() as folder:
        # A trace of the run is all that wrk leaves.
        done = subprocess.run(
            [
                *("taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"),
                *(*headers, server.url),
            ],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(folder),
        )
    failed = _FAILED.search(done.stdout)
    if failed is not None:
        raise RuntimeError(f"{server.name} refused {failed[1]} requests")
    found = _REQUESTS.search(done.stdout)
    assert found is not None, done.stdout
    return int(found[1]), server.cpu_seconds() - before


def costs(servers: list[Server], kind: Kind, *, rounds: int, seconds: int) -> dict[str, float]:
    """The median CPU time per request in microseconds, the servers taking turns."""
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            count, spent = ask_for(server, kind, seconds)
            found[server.name].append(spent / count * 1e6)
    return {name: median(values) for name, values in found.items()}
