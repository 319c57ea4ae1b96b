"""Snapshots: seconds by which the snapshot of the pages trails a change of the database."""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from threading import Event, Thread
from urllib.request import Request, urlopen

from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.usecases.context import SHELL
from app.usecases.database import Database
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.services.services import add_service
from app.usecases.users.api_tokens import add_token
from app.web.page_cache.snapshot import saved_revision
from benchmarks import goals
from benchmarks.data import open_data, publish
from benchmarks.servers import Server, fyr
from benchmarks.updates import Publisher

__all__ = ["main"]

_SERVICES, _INCIDENTS, _OPEN = 200, 500, 5
_CHANGES = 20
# Longer than a round and idle work take, then shorter than a round takes.
_PAUSES = (3.0, 0.2)
_POLL_SECONDS = 0.01
# Visitors with these languages keep the pages of each in demand.
_LANGUAGES = ("en", "de", "ar")
_PATHS = ("", "history", "services/service-3", "feed.atom")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_data(folder) as database:
            token, incident = _prepare(database)
        with fyr(folder, 8861, "protocol") as server:
            publisher, stopped = Publisher(server, token, incident), Event()
            visitors = Thread(target=_visit, args=(server, stopped))
            visitors.start()
            try:
                time.sleep(_PAUSES[0])
                worst = max([_measure(publisher, folder, pause) for pause in _PAUSES])
            finally:
                stopped.set()
                visitors.join()
    goals.record("snapshot", f"{worst:.2f} s")


def _prepare(database: Database) -> tuple[str, str]:
    """A token and the id of an open incident, on a page of 200 services and 500 incidents."""
    slugs = [f"service-{number}" for number in range(_SERVICES)]
    with database.writing(SHELL) as ctx:
        edit_page(ctx, PageChange(languages=_LANGUAGES))
        for slug in slugs:
            add_service(ctx, slug, LocalizedText.of(slug.title(), "en"))
        for number in range(_INCIDENTS):
            is_open = number >= _INCIDENTS - _OPEN
            incident = publish(ctx, slugs[number % _SERVICES], resolved=not is_open)
        return add_token(ctx, "benchmark", Role.EDITOR).secret, incident


def _visit(server: Server, stopped: Event) -> None:
    """Read pages in each language twice a second, so that they stay in demand."""
    while not stopped.wait(0.5):
        for language in _LANGUAGES:
            for path in _PATHS:
                request = Request(f"http://127.0.0.1:{server.port}/{language}/{path}")
                with urlopen(request, timeout=30) as answer:
                    answer.read()


def _measure(publisher: Publisher, folder: Path, pause: float) -> float:
    """Print the delays of changes with this pause between them; returns the longest."""
    delays, costs = [], []
    with closing(sqlite3.connect(folder / "fyr.db")) as database:
        for number in range(_CHANGES):
            publisher.replace_full_incident()
            time.sleep(pause)
            publisher.post(f"We are still investigating ({time.time_ns()}-{number}).")
            committed, spent = time.perf_counter(), publisher.server.cpu_seconds()
            (revision,) = database.execute("SELECT number FROM revision").fetchone()
            while (saved_revision(folder / "snapshot") or -1) < revision:
                time.sleep(_POLL_SECONDS)
            delays.append(time.perf_counter() - committed)
            costs.append(publisher.server.cpu_seconds() - spent)
    _print(f"snapshot behind a change, one each {pause:.1f} s", delays)
    _print("processor time of the process meanwhile", costs)
    return max(delays)


def _print(label: str, seconds: Sequence[float]) -> None:
    each = " ".join(f"{one:.2f}" for one in seconds)
    print(
        f"{label:45} median {median(seconds):.2f} s, at most {max(seconds):.2f} s: {each}",
        flush=True,
    )
