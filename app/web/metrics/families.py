"""The families that are told, one function for each thing that is watched."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from fastapi import FastAPI

from app import __version__
from app.domain.errors import UnavailableError
from app.usecases import metrics, source_events
from app.web.deps import Office
from app.web.metrics.exposition import Family, Sample

__all__ = ["FAMILIES", "told"]

Source = Callable[[FastAPI], Iterable[Family]]

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def told(app: FastAPI) -> Iterable[Family]:
    """Every family of this process."""
    for source in FAMILIES:
        yield from source(app)


def _office(app: FastAPI) -> Office:
    office: Office = app.state.office
    return office


def _process(app: FastAPI) -> Iterable[Family]:
    number = str(getattr(app.state, "number", 1))
    about = {"version": __version__, "process": number}
    yield Family(
        "fyr_info",
        "gauge",
        "The version that answers, and which of the web processes it is.",
        (Sample(1, about),),
    )
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    yield Family.of("process_resident_memory_bytes", "gauge", "Memory in use.", resident)
    yield Family.of(
        "process_cpu_seconds_total", "counter", "CPU time used so far.", time.process_time()
    )


def _front(app: FastAPI) -> Iterable[Family]:
    front = getattr(app.state, "front", None)
    if front is None:
        return
    labels = {"process": str(getattr(app.state, "number", 1))}
    for name, help_, value in (
        ("hits", "Requests answered from memory.", front.hits),
        ("misses", "Requests that were not.", front.misses),
        ("sent_bytes", "Bytes of bodies sent from memory.", front.sent_bytes),
    ):
        samples = (Sample(value, labels),)
        yield Family(f"fyr_front_{name}_total", "counter", help_, samples)


def _pages(app: FastAPI) -> Iterable[Family]:
    library = _office(app).library
    labels = {"process": str(getattr(app.state, "number", 1))}
    for name, help_, value in (
        ("fyr_pages_rendered_total", "Pages rendered.", library.renders),
        ("fyr_page_failures_total", "Pages that could not be made.", library.failures),
    ):
        yield Family(name, "counter", help_, (Sample(value, labels),))
    yield Family.of("fyr_pages_stored", "gauge", "Pages in memory.", len(library.store))
    yield Family.of(
        "fyr_page_store_bytes", "gauge", "What the pages take that may go.", library.store.size
    )
    if library.facts is not None:
        revision = library.facts.revision
        yield Family.of("fyr_page_revision", "gauge", "The revision that is shown.", revision)


def _snapshot(app: FastAPI) -> Iterable[Family]:
    office = _office(app)
    try:
        written = (office.settings.snapshots / "pages").stat().st_mtime
    except OSError:
        return
    age = office.database.clock().timestamp() - written
    yield Family.of("fyr_snapshot_age_seconds", "gauge", "Since the snapshot was written.", age)


def _database(app: FastAPI) -> Iterable[Family]:
    office = _office(app)
    try:
        with office.database.reading() as ctx:
            seen = metrics.look(ctx)
    except UnavailableError:
        seen = None
    up = Family.of("fyr_database_up", "gauge", "Whether the database answers.", seen is not None)
    yield up
    away = office.library.away
    since = 0.0 if away is None else (office.database.clock() - away).total_seconds()
    yield Family.of("fyr_database_away_seconds", "gauge", "Since pages cannot follow.", since)
    if seen is None:
        return
    shown = office.library.facts
    behind = 0 if shown is None else seen.revision - shown.revision
    for name, help_, value in (
        ("fyr_revision", "The revision of the database.", seen.revision),
        ("fyr_revision_lag", "Revisions that the pages are behind.", behind),
        ("fyr_open_incidents", "Incidents that visitors see open.", seen.open_incidents),
        ("fyr_targets", "Targets that are probed.", seen.targets),
        (
            "fyr_probe_overdue_seconds",
            "How long the most overdue target has waited: it grows while no worker works.",
            seen.overdue_seconds,
        ),
    ):
        yield Family.of(name, "gauge", help_, value)


def _hooks(app: FastAPI) -> Iterable[Family]:
    try:
        with _office(app).database.reading() as ctx:
            seen = source_events.counts(ctx)
    except UnavailableError:
        return
    yield Family(
        "fyr_hook_events",
        "gauge",
        "What monitors sent and is kept.",
        tuple(
            Sample(count, {"source": source, "kind": kind, "verdict": verdict})
            for source, kind, verdict, count in seen.events
        ),
    )
    for name, help_, value in (
        (
            "fyr_hook_queue_age_seconds",
            "How long the oldest unprocessed delivery has waited.",
            seen.queue_age_seconds,
        ),
        ("fyr_open_episodes", "Alerts of monitors that are unresolved.", seen.open_episodes),
    ):
        yield Family.of(name, "gauge", help_, value)


# In the order in which they are told.
FAMILIES: tuple[Source, ...] = (_process, _front, _pages, _snapshot, _database, _hooks)
