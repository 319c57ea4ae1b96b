"""Keeps hot pages ready: renews them after each change before the old ones are let go."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Condition, Event, Lock, Thread

from app.domain.errors import UnavailableError
from app.usecases.database import Database
from app.web.page_cache.refresh_round import RefreshRound
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.snapshot import Snapshot, SnapshotError, load, save
from app.web.page_cache.surface import Surface

__all__ = ["CacheRefresher"]

_log = logging.getLogger("fyr.front")

# In a burst of changes rounds take a sixth of the time, and are half a second apart at most: who
# makes one of them waits less than his patience lasts, unless there is very much to render.
_REST_PER_WORK = 5
_SHORTEST_REST, _LONGEST_REST = 0.1, 0.5
# How long there must have been no change before time is spent on pages that nobody asks for, and
# on smaller forms; but where changes never end, those have their turn all the same.
_QUIET = 1.0
_LONGEST_UNREST = 20.0
_TICK = 0.25
_GIVING_WAY = 0.005
# A round takes some ten milliseconds; an answer waits for it, but not for ever.
_PATIENCE = 0.2
# A database that tells nothing for so long is away, whatever the reason.
_SILENCE = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


class CacheRefresher:
    """Threads beside the server: one watches the revision, one renews pages, one minds silence.

    From its first round on the library serves from memory. `surfaces` tell by `hot` what is kept
    ready. A commit of ours waits up to `patience` seconds for the pages that people ask for, so
    that whoever is answered finds the change on every page.
    """

    def __init__(
        self,
        renderer: PageRenderer,
        database: Database,
        surfaces: Sequence[Surface],
        *,
        snapshots: Path | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._library = renderer
        self._database = database
        self._renewal = RefreshRound(renderer, surfaces)
        self._snapshots = snapshots
        self._patience = patience
        self._stop = Event()
        self._wake = Event()
        self._turn = Condition()
        self._begun = self._done = 0
        self._wanted = True
        # The revision that pages show, and the one that was told last.
        self._known = self._told_last = -1
        self._looking = Lock()
        self._heard_at = time.monotonic()
        self._true_at = database.clock()
        self._refused = False
        self._failed_rounds = 0
        self._round_at = self._rested_at = 0.0
        self._leisure: Iterator[None] = iter(())
        self._saved_at = time.monotonic()
        self._threads = (
            Thread(target=self._watch, name="fyr-watch", daemon=True),
            Thread(target=self._keep, name="fyr-keep", daemon=True),
            Thread(target=self._mind, name="fyr-mind", daemon=True),
        )
        database.listen(self._committed)

    def start(self) -> None:
        """Begin to watch, with the pages of the last snapshot if there is one."""
        self._load()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop and wait for the threads."""
        self._library.watched = False
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(2)
        self._renewal.close()

    def _committed(self) -> None:
        """A change of our own."""
        self._library.store.grow_old()
        if self._stop.is_set() or not self._library.watched:
            return
        pause = self._rested_at - time.monotonic()
        with self._turn:
            awaited = self._begun + 1
            self._ask()
            # In a burst only who is patient enough for the pause waits: the others would in vain.
            if pause < self._patience:
                self._turn.wait_for(lambda: self._done >= awaited, self._patience)

    def _ask(self) -> None:
        self._wanted = True
        self._wake.set()

    # -- watching ------------------------------------------------------------------------------

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._database.watch(self._told, self._stop)
            except UnavailableError:
                _log.warning("front.database_silent again_in=%.1f", pause)
                self._refused = True
                self._wake.set()
            except Exception:  # noqa: BLE001  # who stops watching would serve the past for ever
                _log.exception("front.watch_failed")
            if time.monotonic() - began > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            self._stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _told(self, revision: int) -> None:
        self._heard_at = time.monotonic()
        self._refused = False
        if self._failed_rounds == 0:
            self._true_at = self._database.clock()
        if self._library.away is not None:
            self._ask()
        # A round that has just begun may show this revision already.
        with self._looking:
            is_new = revision not in {self._known, self._told_last}
            self._told_last = revision
        if is_new:
            self._library.store.grow_old()
            self._ask()

    # -- keeping -------------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.wait(_TICK)
            self._wake.clear()
            try:
                if self._refused or not (
                    self._wanted or self._library.store.due(self._database.clock())
                ):
                    self._use_the_quiet()
                    continue
                self._stop.wait(max(0.0, self._rested_at - time.monotonic()))
                self._round()
                pause = _FIRST_PAUSE
            except UnavailableError:
                self._wanted = True
                self._failed_rounds += 1
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001  # the next change is another chance
                self._library.shout(b"every hot page", error)

    def _mind(self) -> None:
        # A thread of its own: the others may be waiting for a database that never answers.
        while not self._stop.wait(_TICK):
            self._notice_silence()

    def _notice_silence(self) -> None:
        """Let pages say since when they cannot follow."""
        silent = time.monotonic() - self._heard_at > _SILENCE
        unheard = self._refused and self._known < 0
        if not (silent or unheard or self._failed_rounds > 1):
            return
        if self._library.watched and self._library.away is None:
            self._library.go_away(self._true_at)

    def _round(self) -> None:
        """Renew every page that is in demand; the others are for the quiet."""
        self._round_at = time.monotonic()
        steps = self._renewal.in_demand()
        with self._looking:
            with self._turn:
                self._wanted = False
                self._begun += 1
            self._known = next(steps)
        for _ in steps:
            self._library.watched = True
            self._let_go()
        self._library.come_back()
        worked = time.monotonic() - self._round_at
        rest = min(max(_REST_PER_WORK * worked, _SHORTEST_REST), _LONGEST_REST)
        self._rested_at = self._round_at + rest
        self._failed_rounds = 0
        self._leisure = self._work_of_leisure()

    def _let_go(self) -> None:
        """Who waits for this round finds the change now; what is yet to come is made when asked."""
        with self._turn:
            self._done = self._begun
            self._turn.notify_all()

    def _load(self) -> None:
        if self._snapshots is None:
            return
        try:
            snapshot = load(self._snapshots)
        except SnapshotError as error:
            _log.info("front.no_snapshot reason=%s", error)
            return
        self._true_at = snapshot.at
        self._library.restore(snapshot)

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        facts = self._library.facts
        if self._snapshots is None or facts is None or self._library.away is not None:
            return
        pages, wire = self._renewal.pages(), frozenset(self._library.wire)
        try:
            save(self._snapshots, Snapshot(self._true_at, facts, wire, pages))
        except OSError as error:
            _log.error("front.snapshot_failed folder=%s error=%s", self._snapshots, error.strerror)

    def _work_of_leisure(self) -> Iterator[None]:
        """Renew the other hot pages, write the snapshot, make brotli forms smaller, write it."""
        for step in self._renewal.others():
            if time.monotonic() - self._saved_at > 2 * _LONGEST_UNREST:
                self._save()
            yield step
        self._save()
        smaller = False
        for step in self._renewal.polish():
            smaller = True
            yield step
        if smaller:
            self._save()

    def _use_the_quiet(self) -> None:
        """Work at leisure for as long as nothing is wanted."""
        now = time.monotonic()
        if now - self._round_at < _QUIET and now - self._saved_at < _LONGEST_UNREST:
            return
        while not (self._wanted or self._stop.is_set()):
            if self._database.is_writing:
                # What was written is about to be wanted.
                self._stop.wait(_GIVING_WAY)
                continue
            began = time.monotonic()
            if next(self._leisure, self) is self:
                return
            # Visitors come first: they have the processor for three times as long.
            self._stop.wait(min(3 * (time.monotonic() - began), _TICK))
