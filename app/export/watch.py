"""Continuous export: on every change of the page, and when the clock changes a page."""

import gc
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from app.domain.errors import FyrError, UnavailableError
from app.export.scope import EVERY_PAGE, Scope
from app.export.site import Site
from app.export.sync import Destination, ExportCancelledError, ExportResult, export_site
from app.usecases.context import Ctx
from app.usecases.database import Database
from app.usecases.public.changes import Checkpoint, changes_since, checkpoint

__all__ = ["ContinuousExport", "export_continuously"]

_log = logging.getLogger("fyr.export")

# Seconds to wait after a change, so that changes in quick succession need one export.
_DEBOUNCE = 0.5
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 60.0
# Shortest interval between exports that the clock alone causes.
_CLOCK_INTERVAL = timedelta(seconds=15)


def export_continuously(
    database: Database,
    site: Site,
    destination: Destination,
    stop: Event,
    report: Callable[[ExportResult], None],
) -> None:
    """Export until `stop` is set; `report` gets each result.

    While the database or the destination is unavailable, exports are retried with growing delays;
    the files that are there stay.
    """
    changed = Event()
    watching = Thread(target=_watch, args=(database, changed, stop), name="fyr-watch", daemon=True)
    watching.start()
    try:
        _export_loop(ContinuousExport(database, site, destination, stop, report), changed, stop)
    finally:
        stop.set()
        watching.join(2)


class ContinuousExport:
    """Exports one after another: at first every page, then those that a change can concern.

    Every page is compared at least hourly, since many show how long ago something was, and when a
    maintenance window starts or ends, or a day ends.
    """

    def __init__(
        self,
        database: Database,
        site: Site,
        destination: Destination,
        stop: Event,
        report: Callable[[ExportResult], None],
    ) -> None:
        self._database, self._site, self._destination = database, site, destination
        self._stop, self._report = stop, report
        self._delay = _FIRST_DELAY
        # The state that the destination has, None if that is not known.
        self._exported: Checkpoint | None = None
        self._is_settled = False
        self._complete_at = database.clock()

    def run(self) -> float:
        """Export once; return the seconds until the next export if nothing changes before."""
        try:
            self._export()
        except ExportCancelledError:
            return 0.0
        except FyrError as error:
            _log.error("export.failed again_in=%.0f: %s", self._delay, error.message)
            return self._wait_after_failure()
        except Exception:  # noqa: BLE001  # one page that fails to render must not end the loop
            _log.exception("export.failed again_in=%.0f", self._delay)
            return self._wait_after_failure()
        self._delay = _FIRST_DELAY
        now = self._database.clock()
        return (max(self._site.until, now + _CLOCK_INTERVAL) - now).total_seconds()

    def _export(self) -> None:
        read: list[Checkpoint] = []

        def scope_of(ctx: Ctx) -> Scope:
            read.append(checkpoint(ctx))
            before, self._exported = self._exported, None
            if before is None or ctx.now >= self._complete_at:
                return EVERY_PAGE
            return Scope(changed=changes_since(ctx, before, read[-1]))

        self._report(
            export_site(
                self._database,
                self._site,
                self._destination,
                self._stop.is_set,
                scope_of=scope_of,
            )
        )
        if not self._is_settled:
            # Templates, catalogues and modules are loaded by now. Each update scanned them twice
            # for garbage, an eighth of its processor time.
            self._is_settled = True
            gc.collect()
            gc.freeze()
        self._exported = read[-1]
        self._complete_at = min(_next_hour(read[-1].now), read[-1].next_edge)

    def _wait_after_failure(self) -> float:
        delay, self._delay = self._delay, min(self._delay * 2, _LONGEST_DELAY)
        self._stop.wait(delay)
        return 0.0


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _export_loop(exporter: ContinuousExport, changed: Event, stop: Event) -> None:
    while not stop.is_set():
        changed.clear()
        wait = exporter.run()
        if wait and changed.wait(wait) and not stop.is_set():
            stop.wait(_DEBOUNCE)


def _watch(database: Database, changed: Event, stop: Event) -> None:
    known: list[int] = []

    def notice(revision: int) -> None:
        if known != [revision]:
            known[:] = [revision]
            changed.set()

    delay = _FIRST_DELAY
    while not stop.is_set():
        try:
            database.watch(notice, stop)
            delay = _FIRST_DELAY
        except UnavailableError as error:
            _log.warning("export.database_silent again_in=%.0f cause=%s", delay, error.cause)
        except Exception:  # noqa: BLE001  # without a watcher the export would become stale unnoticed
            _log.exception("export.watch_failed")
        stop.wait(delay)
        delay = min(delay * 2, _LONGEST_DELAY)
    changed.set()
