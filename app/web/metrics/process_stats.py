"""Process statistics: counters and gauges of this web process."""

import os
import time
from pathlib import Path

from fastapi import FastAPI

from app.web.dependencies import AppState
from app.web.metrics.request_statistics import cache_values
from app.web.metrics.shared_counters import Counters, Gauges, ProcessStats, SharedCounters
from app.web.page_cache.serving.middleware import PageCacheMiddleware

__all__ = ["measure_process", "share_counters"]

_MEMORY_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def measure_process(app: FastAPI) -> ProcessStats:
    """The statistics of the process that runs this application."""
    state: AppState = app.state.fyr
    middleware: PageCacheMiddleware | None = app.state.page_cache
    renderer, now = state.renderer, state.database.clock()
    stale_since = renderer.stale_since
    counters = Counters(
        hits=middleware.hits if middleware else 0,
        misses=middleware.misses if middleware else 0,
        sent_bytes=middleware.sent_bytes if middleware else 0,
        renders=renderer.renders,
        failures=renderer.failures,
        cpu_seconds=time.process_time(),
    )
    gauges = Gauges(
        process=app.state.number,
        started_at=app.state.started_at,
        resident_bytes=_resident_bytes(),
        pages=len(renderer.store),
        page_bytes=renderer.store.size,
        revision=-1 if renderer.facts is None else renderer.facts.revision,
        away_seconds=0 if stale_since is None else (now - stale_since).total_seconds(),
    )
    cached = cache_values(middleware.times) if middleware else {}
    return ProcessStats(counters, gauges, {**app.state.request_statistics.values(), **cached})


def share_counters(app: FastAPI, fd: int) -> SharedCounters:
    """Write this process's statistics to the memory behind `fd` until the result is closed."""
    shared = SharedCounters(fd, lambda: measure_process(app))
    shared.start()
    return shared


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm").read_text(encoding="ascii")
    return int(statm.split()[1]) * _MEMORY_PAGE_BYTES
