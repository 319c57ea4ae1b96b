"""Keeps hot pages ready: renews them after each change before the old ones are let go."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

from app.domain.errors import UnavailableError
from app.domain.pages import OverviewPage, PageFacts
from app.i18n.languages import SOURCE
from app.usecases import public_pages
from app.usecases.context import Ctx, Database
from app.web.front.library import Library, key_of
from app.web.front.snapshot import Snapshot, SnapshotError, load, save
from app.web.front.stored import polished
from app.web.front.surface import HTML, Surface, Variant

__all__ = ["Keeper"]

_log = logging.getLogger("fyr.front")

# A burst of changes is rendered at most twice a second, after the first of them.
_BETWEEN_ROUNDS = 0.5
# How long there must have been no change before time is spent on smaller forms.
_QUIET = 1.0
_TICK = 0.25
# A round takes some ten milliseconds; an answer waits for it, but not for ever.
_PATIENCE = 0.2
# A database that tells nothing for so long is away, whatever the reason.
_SILENCE = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


class Keeper:
    """Threads beside the server: one watches the revision, one renews pages, one minds silence.

    From its first round on the library serves from memory. `surfaces` tell by `hot` what is kept
    ready; pages for people are rendered first. A commit of ours waits up to `patience` seconds for
    those, so that whoever is answered finds the change on every page.
    """

    def __init__(
        self,
        library: Library,
        database: Database,
        surfaces: Sequence[Surface],
        *,
        snapshots: Path | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._library = library
        self._database = database
        # Pages for people come before what programs read.
        self._surfaces = sorted(surfaces, key=lambda each: each.content_type != HTML)
        self._snapshots = snapshots
        self._patience = patience
        self._stop = Event()
        self._wake = Event()
        self._turn = Condition()
        self._begun = self._done = 0
        self._wanted = True
        self._known = -1
        self._heard_at = time.monotonic()
        self._true_at = database.clock()
        self._refused = self._unsaved = False
        self._failed_rounds = 0
        self._round_at = 0.0
        self._unpolished: list[bytes] = []
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

    def _committed(self) -> None:
        """A change of our own."""
        self._library.store.grow_old()
        if self._stop.is_set() or not self._library.watched:
            return
        pause = self._round_at + _BETWEEN_ROUNDS - time.monotonic()
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
        if revision != self._known:
            self._known = revision
            self._library.store.grow_old()
            self._ask()

    # -- keeping -------------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.wait(_TICK)
            self._wake.clear()
            if self._refused or not (
                self._wanted or self._library.store.due(self._database.clock())
            ):
                self._use_the_quiet()
                continue
            self._stop.wait(max(0.0, self._round_at + _BETWEEN_ROUNDS - time.monotonic()))
            try:
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
        """Renew every hot page; what fails stays as it was."""
        self._round_at = time.monotonic()
        with self._turn:
            self._wanted = False
            self._begun += 1
        with self._library.reading() as ctx:
            epoch = self._library.store.epoch
            overview = public_pages.overview(ctx, self._library.base_url)
            self._known = overview.page.revision
            # Surfaces that show the same record differently share it.
            records: dict[Any, Any] = {public_pages.overview: overview}
            hot = list(self._hot(overview))
            keys = [key for each in hot for key in _keys(*each, overview.page)]
            for surface, named in hot:
                if surface.content_type != HTML:
                    self._let_go(keys)
                self._renew(ctx, surface, named, records, epoch)
        self._library.store.keep_only(keys)
        self._library.come_back()
        self._library.watched = True
        self._failed_rounds = 0
        self._unpolished = keys
        self._unsaved = True
        self._let_go(keys)

    def _let_go(self, keys: list[bytes]) -> None:
        """Who waits for this round finds the change now; what is yet to come is made when asked."""
        with self._turn:
            if self._done < self._begun and self._library.watched:
                # What is not hot any more would be served as it was.
                self._library.store.keep_only(keys)
                self._done = self._begun
                self._turn.notify_all()

    def _hot(self, overview: OverviewPage) -> Iterator[tuple[Surface, dict[str, str]]]:
        for surface in self._surfaces:
            for named in surface.hot(overview):
                yield surface, dict(named)

    def _renew(
        self,
        ctx: Ctx,
        surface: Surface,
        named: dict[str, str],
        records: dict[Any, Any],
        epoch: int,
    ) -> None:
        variants = _variants(surface, records[public_pages.overview].page)
        try:
            record = None if named else records.get(surface.read)
            if record is None:
                record = surface.read(ctx, base_url=self._library.base_url, **named)
            if not named:
                records[surface.read] = record
            for variant in variants:
                self._library.take_in(surface, named, variant, record, epoch, kept=True)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  # one page must not take the others along
            self._library.shout(key_of(surface, named, variants[0]), error)

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
        self._unsaved = False
        facts = self._library.facts
        if self._snapshots is None or facts is None or self._library.away is not None:
            return
        kept, wire = self._library.store.kept(), frozenset(self._library.wire)
        try:
            save(self._snapshots, Snapshot(self._true_at, facts, wire, kept))
        except OSError as error:
            _log.error("front.snapshot_failed folder=%s error=%s", self._snapshots, error.strerror)

    def _use_the_quiet(self) -> None:
        """Write the snapshot; then make brotli forms smaller, as long as nothing is wanted."""
        if self._unsaved:
            self._save()
        while self._unpolished and time.monotonic() - self._round_at > _QUIET:
            if self._wanted or self._stop.is_set():
                return
            page = self._library.store.last(self._unpolished.pop())
            if page is None or not page.kept or page.is_polished:
                continue
            self._library.store.swap(page, polished(page))
            self._unsaved = not self._unpolished


def _keys(surface: Surface, named: dict[str, str], page: PageFacts) -> list[bytes]:
    return [key_of(surface, named, variant) for variant in _variants(surface, page)]


def _variants(surface: Surface, page: PageFacts) -> list[Variant]:
    if not surface.wire:
        return [Variant(language) for language in page.languages]
    return [Variant(tag, asked=False) for tag in dict.fromkeys([*page.languages, SOURCE])]
