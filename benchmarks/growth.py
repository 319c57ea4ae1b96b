"""Growth: processor time of rendering and memory of the web process with a long history."""

import http.client
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from app.rendering import pages
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from benchmarks import goals
from benchmarks.data import open_data
from benchmarks.history import add_history
from benchmarks.servers import Server, fyr

__all__ = ["main"]

_SIZES = (10, 100, 1_000, 10_000)
_LANGUAGES = ("en", "sv", "ar")
_TIMES = 30


def main() -> None:
    costs: list[float] = []
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with open_data(folder) as database:
                with database.writing(SHELL) as ctx:
                    ids = add_history(ctx, size)
                costs.append(_overview_seconds(database))
                print(
                    f"overview with {size:6,} incidents  {costs[-1] * 1000:5.1f} ms of"
                    f" processor time  {costs[-1] / costs[0]:4.2f} x the first",
                    flush=True,
                )
            if size == _SIZES[-1]:
                _print_memory(folder, ids)


def _overview_seconds(database: Database) -> float:
    """Processor seconds of reading the overview and rendering it in one language."""

    def read_and_render() -> None:
        with database.reading() as ctx:
            record = public_pages.overview(ctx, "https://status.example.com")
        pages.overview(record, "en")

    read_and_render()
    return median(_thread_seconds(read_and_render) for _ in range(_TIMES))


def _thread_seconds(call: Callable[[], None]) -> float:
    started = time.thread_time()
    call()
    return time.thread_time() - started


def _print_memory(folder: Path, ids: list[str]) -> None:
    with fyr(folder, 8831, "protocol") as server:
        before = server.resident_mb()
        _request_every_page(server, ids)
        after = server.resident_mb()
    requests = len(ids) * len(_LANGUAGES)
    print(
        f"resident memory: {before:.0f} MB started, {after:.0f} MB after {requests:,} pages"
        f"  {after / before:.2f} x",
        flush=True,
    )
    goals.record("memory", f"{before:.0f} MB")
    goals.record("memory read", f"{after:.0f} MB")


def _request_every_page(server: Server, ids: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for public_id in ids:
        for language in _LANGUAGES:
            connection.request("GET", f"/{language}/incidents/{public_id}")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{public_id} in {language}: {answer.status}")
    connection.close()
