"""Load by wrk on the second core, and the processor time of the server for each request."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.servers import Server

__all__ = ["Kind", "costs", "missing_programs", "run_wrk"]

LOAD_CORE = "1"
_REQUESTS = re.compile(r"(\d+) requests in")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)")


# Each request has a header field of its own, so that no two heads are equal.
_UNIQUE_HEADS = """local sent = 0
request = function()
  sent = sent + 1
  wrk.headers["X-Number"] = tostring(sent)
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Kind:
    """A kind of request: its headers in the form of wrk's -H option.

    With `unique` each head differs from all others.
    """

    name: str
    headers: tuple[str, ...]
    unique: bool = False


def missing_programs() -> list[str]:
    return [name for name in ("wrk", "nginx", "taskset") if shutil.which(name) is None]


def run_wrk(server: Server, kind: Kind, seconds: int, connections: int = 64) -> tuple[int, float]:
    """The number of answered requests, and the processor seconds of the server."""
    before = server.cpu_seconds()
    headers = [argument for header in kind.headers for argument in ("-H", header)]
    with tempfile.TemporaryDirectory() as folder:
        script = []
        if kind.unique:
            Path(folder, "unique.lua").write_text(_UNIQUE_HEADS)
            script = ["-s", "unique.lua"]
        # wrk may write a trace to its working directory.
        completed = subprocess.run(
            [
                *("taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"),
                *(*script, *headers, server.url),
            ],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(folder),
        )
    failed = _FAILED.search(completed.stdout)
    if failed is not None:
        raise RuntimeError(f"{server.name} refused {failed[1]} requests")
    counted = _REQUESTS.search(completed.stdout)
    assert counted is not None, completed.stdout
    return int(counted[1]), server.cpu_seconds() - before


def costs(servers: list[Server], kind: Kind, *, rounds: int, seconds: int) -> dict[str, float]:
    """The median processor time of a request in microseconds; servers are measured in turn."""
    times_by_server: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            count, cpu_seconds = run_wrk(server, kind, seconds)
            times_by_server[server.name].append(cpu_seconds / count * 1e6)
    return {name: median(values) for name, values in times_by_server.items()}
