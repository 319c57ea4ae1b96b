"""Export of a long history: processor time, files and memory, against rendering each page once."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from app.domain.statuses import IncidentStatus
from app.domain.texts.localized_text import LocalizedText
from app.export.folder import Folder
from app.export.site import Site
from app.export.sync import ExportResult
from app.export.watch import ContinuousExport
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.incidents.lifecycle import NewUpdate, post_update
from app.usecases.page.settings import PageChange, edit_page
from benchmarks.data import open_data
from benchmarks.history import add_history

__all__ = ["main"]

_SIZES = (100, 1_000)
_LANGUAGES = ("en", "sv", "ar")
_BASE_URL = "https://status.example.com"


def main() -> None:
    """Print the table; the sizes in BENCH_EXPORT_SIZES ("100 10000") replace the usual ones."""
    sizes = os.environ.get("BENCH_EXPORT_SIZES", "").split() or _SIZES
    for size in map(int, sizes):
        with tempfile.TemporaryDirectory() as name:
            _measure(Path(name), size)


def _measure(folder: Path, size: int) -> None:
    with open_data(folder) as database:
        with database.writing(SHELL) as ctx:
            edit_page(ctx, PageChange(languages=_LANGUAGES))
            ids = add_history(ctx, size)
        once, count = _render_once(database)
        print(f"{size:6,} incidents, {count:,} pages, rendered once: {once:.1f} s", flush=True)
        for what in ("first export", "export of unchanged data"):
            cost = _export(folder)
            print(
                f"  {what:26} {cost.seconds:7.1f} s of processor time  {cost.seconds / once:4.2f} x"
                f" rendering once  {cost.megabytes:4.0f} MB",
                flush=True,
            )
        files = sum(1 for path in (folder / "site").rglob(f"*{ids[0]}*") if path.is_file())
        print(f"  files per incident and language: {files / len(_LANGUAGES):.1f}")
        print(f"  after one update, as --follow:    {_after_update(database, folder, ids[0])}")


def _render_once(database: Database) -> tuple[float, int]:
    """Processor seconds of reading each record and rendering each of its pages; how many."""
    site, count = Site(_BASE_URL, share_pictures=False), 0
    started = time.process_time()
    with database.reading() as ctx:
        for page in site.pages(ctx):
            page.body()
            count += 1
    return time.process_time() - started, count


@dataclass(frozen=True, slots=True)
class _Cost:
    seconds: float
    megabytes: float


def _export(folder: Path) -> _Cost:
    """What `fyr export` costs, by the accounts of the operating system."""
    command = [sys.executable, "-m", "app.cli", "export", str(folder / "site")]
    process = subprocess.Popen(
        [*command, "--no-share-pictures"],
        env={**os.environ, **_settings(folder)},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"fyr export ended with {process.returncode}.")
    return _Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _settings(folder: Path) -> Mapping[str, str]:
    return {
        "FYR_DATABASE_URL": f"sqlite:///{folder / 'fyr.db'}",
        "FYR_DATA_DIR": str(folder),
        "FYR_BASE_URL": _BASE_URL,
    }


def _after_update(database: Database, folder: Path, public_id: str) -> str:
    """Processor time of the export after an update of an old incident, in a running process."""
    site, destination = Site(_BASE_URL, share_pictures=False), Folder(folder / "site")
    results: list[ExportResult] = []
    export = ContinuousExport(database, site, destination, Event(), results.append)
    with destination.locked():
        export.run()
        with database.writing(SHELL) as ctx:
            text = LocalizedText.of("The report of the cause is published.", "en")
            post_update(ctx, public_id, NewUpdate(IncidentStatus.RESOLVED, text, {}))
        started = time.process_time()
        export.run()
    done = results[-1]
    seconds = time.process_time() - started
    return f"{seconds:.2f} s, {done.rendered:,} pages rendered, {done.written:,} written"
