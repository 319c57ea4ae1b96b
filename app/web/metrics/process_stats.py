"""What this web process counts and holds."""

import os
import time
from pathlib import Path

from fastapi import FastAPI

from app.web.dependencies import AppState
from app.web.metrics.shared_counters import Counted, Figures, Holding, Ledger
from app.web.page_cache.serving.middleware import PageCacheMiddleware

__all__ = ["figures_of", "kept"]

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def figures_of(app: FastAPI) -> Figures:
    """Those of this process."""
    state: AppState = app.state.fyr
    front: PageCacheMiddleware | None = app.state.front
    renderer, now = state.renderer, state.database.clock()
    counted = Counted(
        hits=front.hits if front else 0,
        misses=front.misses if front else 0,
        sent_bytes=front.sent_bytes if front else 0,
        renders=renderer.renders,
        failures=renderer.failures,
        cpu_seconds=time.process_time(),
    )
    holding = Holding(
        process=app.state.number,
        started_at=app.state.started_at,
        resident_bytes=_resident_bytes(),
        pages=len(renderer.store),
        page_bytes=renderer.store.size,
        revision=-1 if renderer.facts is None else renderer.facts.revision,
        away_seconds=0
        if renderer.stale_since is None
        else (now - renderer.stale_since).total_seconds(),
    )
    return Figures(counted, holding)


def kept(app: FastAPI, fd: int) -> Ledger:
    """What this application's process counts, written down from now on in the memory behind `fd`.

    The application closes it.
    """
    ledger = Ledger(fd, lambda: figures_of(app))
    ledger.start()
    return ledger


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
