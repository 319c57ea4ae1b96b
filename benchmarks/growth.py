"""Growth: processor time of rendering with a long history."""

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

__all__ = ["main"]

_SIZES = (10, 100, 1_000, 10_000)
_TIMES = 30


def main() -> None:
    costs: list[float] = []
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as name, open_data(Path(name)) as database:
            with database.writing(SHELL) as ctx:
                add_history(ctx, size)
            costs.append(_overview_seconds(database))
            print(
                f"overview with {size:6,} incidents  {costs[-1] * 1000:5.1f} ms of"
                f" processor time  {costs[-1] / costs[0]:4.2f} x the first",
                flush=True,
            )


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
