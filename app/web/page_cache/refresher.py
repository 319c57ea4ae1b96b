"""Cache refresher: threads that render the hot pages again after each change of the database."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Condition, Event, Lock, Thread

from app.domain.errors import UnavailableError
from app.usecases.database import Database
from app.usecases.public import pages as public_pages
from app.web.page_cache.refresh_round import RefreshRound
from app.web.page_cache.renderer import PageRenderer
from app.web.page_cache.snapshot import Snapshot, SnapshotError, load, save, saved_revision
from app.web.page_cache.surface import HTML, Surface

__all__ = ["CacheRefresher"]

_log = logging.getLogger("fyr.front")

# In a burst of changes a round is followed by five times its duration without one, within these
# limits: rounds take a sixth of the processor, and a commit waits at most half a second for one.
_PAUSE_PER_DURATION = 5
_MIN_PAUSE, _MAX_PAUSE = 0.1, 0.5
# Idle work (pages that nobody requests, smaller compression) begins when there was no round for
# this long; under constant changes it begins this long after it began the last time.
_IDLE_AFTER = 1.0
_MAX_IDLE_PAUSE = 20.0
# A snapshot is written this long after the one before, as soon as there is a newer revision: with
# the time until a round and its first pages it trails by less than two seconds.
_SNAPSHOT_PAUSE = 0.5
# How long a process that is stopped renders the other hot pages for the last snapshot. `fyr serve`
# waits five seconds for its end.
_LAST_PAGES_SECONDS = 1.5
_POLL_SECONDS = 0.5
_YIELD_TO_WRITER_SECONDS = 0.005
# A round takes some ten milliseconds. The answer to a write waits for it, but not longer than this:
# after that, a page that was not rendered yet is rendered for the next request.
_COMMIT_WAIT_SECONDS = 0.2
# A database whose revision could not be read for this long counts as unavailable.
_SILENT_AFTER = 3.0
_MIN_RETRY, _MAX_RETRY = 0.5, 8.0


class CacheRefresher:
    """Three threads: one watches the revision, one renders pages, one detects a silent database.

    From the first round on the renderer serves from memory. `surfaces` define by `hot` which pages
    are hot. After a commit in this process, no page is served that lacks the change. The commit
    waits up to `commit_wait` seconds for a round, so that few pages are rendered for a request.
    """

    def __init__(
        self,
        renderer: PageRenderer,
        database: Database,
        surfaces: Sequence[Surface],
        *,
        snapshots: Path | None = None,
        commit_wait: float = _COMMIT_WAIT_SECONDS,
    ) -> None:
        self._renderer = renderer
        self._database = database
        self._round = RefreshRound(renderer, surfaces)
        self._snapshots = snapshots
        self._commit_wait = commit_wait
        self._stop = Event()
        self._wake = Event()
        self._round_visible = Condition()
        # Rounds that have begun, and the last of them whose HTML pages are stored.
        self._rounds_begun = self._rounds_visible = 0
        self._round_requested = True
        # The revision that pages show, and the last one that the database reported.
        self._rendered_revision = self._reported_revision = -1
        self._revision_lock = Lock()
        self._reported_at = time.monotonic()
        self._watch_failed = False
        self._failed_rounds = 0
        self._round_began_at = self._next_round_at = 0.0
        self._idle_work: Iterator[None] = iter(())
        self._idle_work_at = self._saved_at = time.monotonic()
        self._saved_revision = -1
        self._threads = (
            Thread(target=self._watch_revision, name="fyr-watch", daemon=True),
            Thread(target=self._refresh_forever, name="fyr-refresh", daemon=True),
            Thread(target=self._detect_silence_forever, name="fyr-silence", daemon=True),
        )
        database.listen(self._after_commit)

    def start(self) -> None:
        """Start the threads, with the pages of the last snapshot if there is one."""
        self._load_snapshot()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop the threads, wait for them, and write the snapshot of the last revision."""
        self._renderer.serving = False
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(2)
        # Ends its read transaction.
        self._idle_work = iter(())
        if self._snapshots is not None and not any(each.is_alive() for each in self._threads):
            self._save_last_snapshot()
        self._renderer.serving = False
        self._round.close()

    def _after_commit(self) -> None:
        store = self._renderer.store
        generation = store.invalidate()
        self._wait_for_round()
        store.require(generation)

    def _wait_for_round(self) -> None:
        if self._stop.is_set() or not self._renderer.serving:
            return
        pause = self._next_round_at - time.monotonic()
        with self._round_visible:
            awaited = self._rounds_begun + 1
            self._request_round()
            # When the next round may not begin in time, waiting would only delay the answer.
            if pause < self._commit_wait:
                self._round_visible.wait_for(
                    lambda: self._rounds_visible >= awaited, self._commit_wait
                )

    def _request_round(self) -> None:
        self._round_requested = True
        self._wake.set()

    # -- thread: watches the revision ----------------------------------------------------------

    def _watch_revision(self) -> None:
        retry = _MIN_RETRY
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._database.watch(self._on_revision, self._stop)
            except UnavailableError as error:
                _log.warning("front.database_silent again_in=%.1f cause=%s", retry, error.cause)
                self._watch_failed = True
                self._wake.set()
            except Exception:  # noqa: BLE001  # without this thread pages would silently grow old
                _log.exception("front.watch_failed")
            if time.monotonic() - began > _MAX_RETRY:
                retry = _MIN_RETRY
            self._stop.wait(retry)
            retry = min(retry * 2, _MAX_RETRY)

    def _on_revision(self, revision: int) -> None:
        self._reported_at = time.monotonic()
        self._watch_failed = False
        if not self._renderer.serving:
            self._renderer.begin_serving()
        if self._failed_rounds == 0:
            self._renderer.true_at = self._database.clock()
        if self._renderer.stale_since is not None:
            self._request_round()
        # A round that has just begun may render this revision already.
        with self._revision_lock:
            is_new = revision not in {self._rendered_revision, self._reported_revision}
            self._reported_revision = revision
        if is_new:
            self._renderer.store.invalidate()
            self._request_round()

    # -- thread: detects a silent database -----------------------------------------------------

    def _detect_silence_forever(self) -> None:
        # In a thread of its own: the others may be waiting for a database that never answers.
        while not self._stop.wait(_POLL_SECONDS):
            self._detect_silence()

    def _detect_silence(self) -> None:
        silent = time.monotonic() - self._reported_at > _SILENT_AFTER
        never_rendered = self._watch_failed and self._rendered_revision < 0
        if not (silent or never_rendered or self._failed_rounds > 1):
            return
        if self._renderer.facts is not None and self._renderer.stale_since is None:
            self._renderer.mark_stale(self._renderer.true_at)
            self._renderer.serving = True

    # -- thread: renders pages -----------------------------------------------------------------

    def _refresh_forever(self) -> None:
        retry = _MIN_RETRY
        while not self._stop.is_set():
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            try:
                if self._watch_failed or not (
                    self._round_requested
                    or self._renderer.store.has_expired(self._database.clock())
                ):
                    self._save_if_due()
                    self._do_idle_work()
                    continue
                self._stop.wait(max(0.0, self._next_round_at - time.monotonic()))
                self._refresh()
                retry = _MIN_RETRY
            except UnavailableError:
                self._round_requested = True
                self._failed_rounds += 1
                self._stop.wait(retry)
                retry = min(retry * 2, _MAX_RETRY)
            except Exception as error:  # noqa: BLE001  # the next change is another attempt
                self._renderer.log_failure(b"every hot page", error)

    def _refresh(self) -> None:
        """Render every recently requested page; the others are idle work."""
        self._round_began_at = time.monotonic()
        steps = self._round.refresh_requested()
        with self._revision_lock:
            with self._round_visible:
                self._round_requested = False
                self._rounds_begun += 1
            self._rendered_revision = next(steps)
        for html_is_rendered in steps:
            if html_is_rendered:
                self._renderer.serving = self._renderer.is_warm = True
                self._release_commits()
                # Not before: until a commit is released, pages of other formats may be older ones.
                self._save_if_due()
        self._renderer.mark_fresh()
        duration = time.monotonic() - self._round_began_at
        pause = min(max(_PAUSE_PER_DURATION * duration, _MIN_PAUSE), _MAX_PAUSE)
        self._next_round_at = self._round_began_at + pause
        self._failed_rounds = 0
        self._idle_work = self._plan_idle_work()

    def _release_commits(self) -> None:
        with self._round_visible:
            self._rounds_visible = self._rounds_begun
            self._round_visible.notify_all()

    def _plan_idle_work(self) -> Iterator[None]:
        """Render the other hot pages and write the snapshot, then recompress the requested ones."""
        yield from self._round.refresh_remaining()
        self._save_snapshot()
        yield from self._recompress()

    def _recompress(self) -> Iterator[None]:
        """Recompress the requested pages; write the snapshot when any was."""
        recompressed = False
        for step in self._round.recompress():
            recompressed = True
            yield step
        if recompressed:
            self._save_snapshot()

    def _do_idle_work(self) -> None:
        """Work off the idle work until a round is requested."""
        now = time.monotonic()
        if now - self._round_began_at < _IDLE_AFTER and now - self._idle_work_at < _MAX_IDLE_PAUSE:
            return
        self._idle_work_at = now
        while not (self._wake.is_set() or self._round_requested or self._stop.is_set()):
            if self._database.is_writing:
                # A change is about to be committed, and then a round is requested.
                self._stop.wait(_YIELD_TO_WRITER_SECONDS)
                continue
            began = time.monotonic()
            if next(self._idle_work, self) is self:
                # The next call recompresses the pages that are requested until then.
                self._idle_work = self._recompress()
                return
            # Leave the processor to requests for three times as long as the step took, but begin a
            # round at once.
            self._wake.wait(min(3 * (time.monotonic() - began), _POLL_SECONDS))

    # -- snapshot ------------------------------------------------------------------------------

    def _load_snapshot(self) -> None:
        if self._snapshots is None:
            return
        try:
            snapshot = load(self._snapshots)
        except SnapshotError as error:
            _log.info("front.no_snapshot reason=%s", error)
            return
        self._renderer.true_at = snapshot.taken_at
        self._renderer.restore(snapshot)

    def _save_last_snapshot(self) -> None:
        """Write the last revision of the database, rendered again if need be."""
        if self._renderer.stale_since is not None or self._rendered_revision < 0:
            return
        try:
            with self._renderer.reading() as ctx:
                revision = public_pages.facts(ctx, self._renderer.base_url).revision
            if revision != self._rendered_revision:
                self._refresh()
            deadline = time.monotonic() + _LAST_PAGES_SECONDS
            for _ in self._round.refresh_remaining():
                if time.monotonic() > deadline:
                    break
            self._save_snapshot()
        except UnavailableError as error:
            _log.warning("front.last_snapshot_failed cause=%s", error.cause)

    def _save_if_due(self) -> None:
        is_due = time.monotonic() - self._saved_at >= _SNAPSHOT_PAUSE
        if is_due and self._saved_revision != self._rendered_revision >= 0:
            self._save_snapshot()

    def _save_snapshot(self) -> None:
        self._saved_at = time.monotonic()
        facts, pages = self._round.facts, self._round.consistent_pages()
        if self._snapshots is None or facts is None or self._renderer.stale_since is not None:
            return
        saved = saved_revision(self._snapshots) or -1
        if not pages or facts.revision < saved <= self._reported_revision:
            # Another process has written a newer one.
            return
        is_newest = facts.revision == self._reported_revision
        taken_at = self._renderer.true_at if is_newest else facts.now
        languages = {page.meta.language for page in pages if page.meta.content_type == HTML}
        notices = {each: self._renderer.notice(each, taken_at).decode() for each in languages}
        machine_paths = frozenset(self._renderer.machine_paths)
        try:
            save(self._snapshots, Snapshot(taken_at, facts, machine_paths, pages, notices))
            self._saved_revision = facts.revision
        except OSError as error:
            _log.error("front.snapshot_failed folder=%s error=%s", self._snapshots, error.strerror)
