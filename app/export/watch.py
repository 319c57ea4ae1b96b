"""Exports again whenever the page has changed, by somebody's doing or by the clock."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from app.domain.errors import FyrError, UnavailableError
from app.export.site import Site
from app.export.sync import Destination, ExportCancelledError, ExportResult, export_site
from app.usecases.database import Database

__all__ = ["export_continuously"]

_log = logging.getLogger("fyr.export")

# What changes within this after a change is exported together with it.
_TOGETHER = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# However busy the clock is, a page is not exported more often for its sake.
_BY_THE_CLOCK = timedelta(seconds=15)


def export_continuously(
    database: Database,
    site: Site,
    mirror: Destination,
    stop: Event,
    told: Callable[[ExportResult], None],
) -> None:
    """Export until `stop` is set, and tell each outcome.

    A database or a mirror that is away is waited for, longer each time; what is there stays.
    """
    changed = Event()
    watching = Thread(target=_watch, args=(database, changed, stop), name="fyr-watch", daemon=True)
    watching.start()
    try:
        _export_again_and_again(_Round(database, site, mirror, stop, told), changed, stop)
    finally:
        stop.set()
        watching.join(2)


class _Round:
    def __init__(
        self,
        database: Database,
        site: Site,
        mirror: Destination,
        stop: Event,
        told: Callable[[ExportResult], None],
    ) -> None:
        self._database, self._site, self._mirror = database, site, mirror
        self._stop, self._told = stop, told
        self._pause = _FIRST_PAUSE

    def done(self) -> float:
        """Export once; tells in how many seconds to do it again if nothing changes before."""
        try:
            self._told(export_site(self._database, self._site, self._mirror, self._stop.is_set))
        except ExportCancelledError:
            return 0.0
        except FyrError as error:
            _log.error("export.failed again_in=%.0f: %s", self._pause, error.message)
            return self._waited_for()
        except Exception:  # noqa: BLE001  # a page that cannot be rendered must not end it for all time
            _log.exception("export.failed again_in=%.0f", self._pause)
            return self._waited_for()
        self._pause = _FIRST_PAUSE
        now = self._database.clock()
        return (max(self._site.until, now + _BY_THE_CLOCK) - now).total_seconds()

    def _waited_for(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        self._stop.wait(pause)
        return 0.0


def _export_again_and_again(round_: _Round, changed: Event, stop: Event) -> None:
    while not stop.is_set():
        changed.clear()
        rest = round_.done()
        if rest and changed.wait(rest) and not stop.is_set():
            stop.wait(_TOGETHER)


def _watch(database: Database, changed: Event, stop: Event) -> None:
    known: list[int] = []

    def told(revision: int) -> None:
        if known != [revision]:
            known[:] = [revision]
            changed.set()

    pause = _FIRST_PAUSE
    while not stop.is_set():
        try:
            database.watch(told, stop)
            pause = _FIRST_PAUSE
        except UnavailableError:
            _log.warning("export.database_silent again_in=%.0f", pause)
        except Exception:  # noqa: BLE001  # who stops watching would leave the past there for ever
            _log.exception("export.watch_failed")
        stop.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    changed.set()
