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
                costs.append(_overview_miss(database))
                print(
                    f"overview miss with {size:6,} incidents  {costs[-1] * 1000:5.1f} ms of"
                    f" processor time  {costs[-1] / costs[0]:4.2f} x the first",
                    flush=True,
                )
            if size == _SIZES[-1]:
                _print_memory(folder, ids)


def _overview_miss(database: Database) -> float:
    """Processor seconds of reading the overview and rendering it in one language."""

    def miss() -> None:
        with database.reading() as ctx:
            record = public_pages.overview(ctx, "https://status.example.com")
        pages.overview(record, "en")

    miss()
    return median(_thread_seconds(miss) for _ in range(_TIMES))


def _thread_seconds(act: Callable[[], None]) -> float:
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


def _print_memory(folder: Path, ids: list[str]) -> None:
    with fyr(folder, 8831, "protocol") as server:
        before = server.resident_mb()
        _request_every_page(server, ids)
        after = server.resident_mb()
    asked = len(ids) * len(_LANGUAGES)
    print(
        f"resident memory: {before:.0f} MB started, {after:.0f} MB after {asked:,} pages"
        f"  {after / before:.2f} x",
        flush=True,
    )


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
