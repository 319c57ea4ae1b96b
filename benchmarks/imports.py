"""Imports: 10,000 incidents with 30,000 updates, against a bare `executemany` of their rows.

Figures are seconds of processor time: other programs change the clock, not these. The waiting
times of visitors need a quiet machine.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app.db.engine import make_engine
from app.db.migrate import upgrade
from app.importers.fyr import read
from app.importing.tools import SourceTools
from app.net.guard import Guard
from app.ports.importer import ReadOptions
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.imports.imports import HistoryImport, import_history
from benchmarks import pace
from benchmarks.servers import fyr

__all__ = ["main"]

_INCIDENTS = 10_000
_SERVICES = 30
_MOST_TIMES = 20
_MOST_BYTES = 200_000_000
_MOST_WAIT = 2
_PORT, _RATE, _SECONDS = 8861, 500, 20
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_STEPS = (("investigating", "partial_outage"), ("identified", "partial_outage"), ("resolved", None))
_TABLES = (
    "service",
    "incident",
    "incident_update",
    "incident_update_service",
    "import_ref",
    "uptime_interval",
)


def main() -> None:
    """Import a generated history into SQLite, and copy what it wrote with `executemany`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        document = folder / "history.jsonl"
        document.write_text("".join(f"{line}\n" for line in _lines()), encoding="utf-8")
        files = [folder / "imported.db", folder / "bare.db"]
        for file in files:
            upgrade(f"sqlite:///{file}")
        Path("/proc/self/clear_refs").write_text("5")  # begins a new peak
        before = _memory("VmRSS")
        imported = _import(files[0], document, folder)
        more = _memory("VmHWM") - before
        bare = _copy(*files)
        print(f"{_INCIDENTS:,} incidents with {_INCIDENTS * len(_STEPS):,} updates")
        print(f"import         {imported:6.2f} s")
        print(f"executemany    {bare:6.2f} s")
        ratio = imported / bare
        print(
            f"ratio          {ratio:6.1f}   at most {_MOST_TIMES}: {_verdict(ratio <= _MOST_TIMES)}"
        )
        print(f"memory         {more / 1e6:6.0f} MB at most 200: {_verdict(more <= _MOST_BYTES)}")
        again = _import(files[0], document, folder)
        print(f"import again   {again:6.2f} s")
        _compare_visitors(folder, document)


def _compare_visitors(folder: Path, document: Path) -> None:
    """Print the waiting time of visitors while the history is imported, and without an import."""
    data = folder / "served"
    data.mkdir()
    environment = {"FYR_DATA_DIR": str(data)}
    with fyr(data, _PORT, "protocol") as server:
        without = pace.finish(pace.begin(server, _RATE, _SECONDS))
        load = pace.begin(server, _RATE, _SECONDS)
        command = [sys.executable, "-m", "app.cli", "import", str(document)]
        subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
        meanwhile = pace.finish(load)
    times = meanwhile.p99 / without.p99
    print(f"visitors' p99  {without.p99:6.1f} ms; while importing {meanwhile.p99:.1f} ms")
    print(f"times          {times:6.1f}   at most {_MOST_WAIT}: {_verdict(times <= _MOST_WAIT)}")
    print(f"failed         {meanwhile.failed:6} of {meanwhile.requests:,}")


def _memory(name: str) -> int:
    """Bytes of memory of this process: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024


def _verdict(*conditions: bool) -> str:
    return "yes" if all(conditions) else "NO"


def _lines() -> Iterator[str]:
    yield json.dumps({"format": "fyr-import-2", "source": {"kind": "fyr", "instance": "benchmark"}})
    for number in range(_SERVICES):
        service = {"ref": f"s{number}", "slug": f"service-{number}", "name": f"Service {number}"}
        yield json.dumps({"service": service})
    for number in range(_INCIDENTS):
        yield json.dumps({"incident": _incident(number)})
    yield json.dumps({"end": {"services": _SERVICES, "incidents": _INCIDENTS}})


def _incident(number: int) -> dict[str, object]:
    start = _NOW - timedelta(hours=6 * (number + 1))
    updates = [
        {
            "ref": f"u{number}-{step}",
            "status": status,
            "posted_at": (start + timedelta(minutes=20 * step)).isoformat(),
            "body": f"Update {step} of incident {number}. We are **working** on it. " * 4,
            "services": {} if service is None else {f"s{number % _SERVICES}": service},
        }
        for step, (status, service) in enumerate(_STEPS)
    ]
    return {"ref": f"i{number}", "title": f"Incident number {number}", "updates": updates}


def _import(file: Path, document: Path, folder: Path) -> float:
    database = Database(make_engine(f"sqlite:///{file}"), lambda: _NOW)
    run = HistoryImport(
        reading=lambda: database.reading(SHELL),
        writing=lambda: database.writing(SHELL),
        spool=folder / "import",
    )
    begun = time.process_time()
    with SourceTools(str(document), Guard(())) as tools:
        import_history(run, read(tools, ReadOptions(_NOW)))
    took = time.process_time() - begun
    database.close()
    return took


def _copy(source: Path, target: Path) -> float:
    """The seconds of processor time in which `executemany` inserts the rows of the import."""
    with closing(sqlite3.connect(source)) as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
    with closing(sqlite3.connect(target)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        begun = time.process_time()
        for table, of_table in rows.items():
            if of_table:
                marks = ", ".join("?" * len(of_table[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", of_table)
        connection.commit()
        return time.process_time() - begun
