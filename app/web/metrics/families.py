"""The families that are told, one function for each thing that is watched."""

from collections.abc import Callable, Iterable

from fastapi import FastAPI

from app import __version__
from app.domain.errors import UnavailableError
from app.usecases import health
from app.usecases.sources import events
from app.web.dependencies import AppState
from app.web.metrics.exposition import Family, Sample
from app.web.metrics.process_stats import figures_of
from app.web.metrics.shared_counters import Holding, Ledger, Told, told_by

__all__ = ["told"]


def told(app: FastAPI) -> Iterable[Family]:
    """Every family: counters of all web processes together, what each of them holds by itself."""
    processes = _processes(app)
    yield from _about(app, processes)
    yield from _front(processes)
    yield from _pages(processes)
    yield from _snapshot(app)
    yield from _database(app, processes)
    yield from _hooks(app)


def _state(app: FastAPI) -> AppState:
    state: AppState = app.state.fyr
    return state


def _processes(app: FastAPI) -> Told:
    ledger: Ledger | None = app.state.ledger
    if ledger is not None:
        return ledger.read()
    own = figures_of(app)
    return told_by([own.counted], [own.holding])


def _each(processes: Told, value: Callable[[Holding], float]) -> tuple[Sample, ...]:
    return tuple(
        Sample(value(each), {"process": f"{each.process:.0f}"}) for each in processes.holdings
    )


def _about(app: FastAPI, processes: Told) -> Iterable[Family]:
    about = {"version": __version__, "process": str(app.state.number)}
    yield Family(
        "fyr_info",
        "gauge",
        "The version that answers, and which of the web processes it is.",
        (Sample(1, about),),
    )
    yield Family.of("fyr_web_processes", "gauge", "That answer.", len(processes.holdings))
    resident = _each(processes, lambda each: each.resident_bytes)
    yield Family("process_resident_memory_bytes", "gauge", "Memory in use.", resident)
    yield Family.of(
        "process_cpu_seconds_total", "counter", "CPU time used.", processes.counted.cpu_seconds
    )


def _front(processes: Told) -> Iterable[Family]:
    counted = processes.counted
    for name, help_, value in (
        ("hits", "Requests answered from memory.", counted.hits),
        ("misses", "Requests that were not.", counted.misses),
        ("sent_bytes", "Bytes of bodies sent from memory.", counted.sent_bytes),
    ):
        yield Family.of(f"fyr_front_{name}_total", "counter", help_, value)


def _pages(processes: Told) -> Iterable[Family]:
    counted = processes.counted
    for name, help_, value in (
        ("fyr_pages_rendered_total", "Pages rendered.", counted.renders),
        ("fyr_page_failures_total", "Pages that could not be made.", counted.failures),
    ):
        yield Family.of(name, "counter", help_, value)
    for name, help_, samples in (
        ("fyr_pages_stored", "Pages in memory.", _each(processes, lambda each: each.pages)),
        (
            "fyr_page_store_bytes",
            "What the pages take that may go.",
            _each(processes, lambda each: each.page_bytes),
        ),
        (
            "fyr_page_revision",
            "The revision that is shown; -1 before the first.",
            _each(processes, lambda each: each.revision),
        ),
        (
            "fyr_database_away_seconds",
            "Since pages cannot follow.",
            _each(processes, lambda each: each.away_seconds),
        ),
    ):
        yield Family(name, "gauge", help_, samples)


def _snapshot(app: FastAPI) -> Iterable[Family]:
    state = _state(app)
    try:
        written = (state.settings.snapshots / "pages").stat().st_mtime
    except OSError:
        return
    age = state.database.clock().timestamp() - written
    yield Family.of("fyr_snapshot_age_seconds", "gauge", "Since the snapshot was written.", age)


def _database(app: FastAPI, processes: Told) -> Iterable[Family]:
    try:
        with _state(app).database.reading() as ctx:
            seen = health.look(ctx)
    except UnavailableError:
        seen = None
    yield Family.of("fyr_database_up", "gauge", "Whether the database answers.", seen is not None)
    if seen is None:
        return
    lag = _each(processes, lambda each: 0 if each.revision < 0 else seen.revision - each.revision)
    yield Family("fyr_revision_lag", "gauge", "Revisions that the pages are behind.", lag)
    for name, help_, value in (
        ("fyr_revision", "The revision of the database.", seen.revision),
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
        with _state(app).database.reading() as ctx:
            seen = events.hook_counts(ctx)
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
