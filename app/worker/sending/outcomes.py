"""Writer of outcomes: results of all connections, committed together by one thread.

A commit that waits for the disk takes longer than ten mails. The journal and a commit that does not
wait survive the end of this process, which is what can repeat a message; so that a loss of power
repeats little, one commit in 200 ms waits (ADR 23).
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Event, Lock

from app.domain.errors import UnavailableError
from app.domain.ownership import ActorKind
from app.ports.channel import SendError
from app.usecases.context import Actor
from app.usecases.database import Database, SmallTransactions
from app.usecases.outbox import outcomes
from app.usecases.outbox.claims import ClaimedDelivery
from app.usecases.outbox.outcomes import Attempt, AttemptResult
from app.usecases.subscribers.requests.confirmation import ConfirmationTools
from app.worker.sending.journal import Journal

__all__ = ["OutcomeWriter", "unexpected_error"]

_log = logging.getLogger(__name__)

_ACTOR = Actor(ActorKind.WORKER, "worker")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_DURABLE_SECONDS = 0.2


@dataclass(slots=True)
class OutcomeWriter:
    """Records results in a thread. While one transaction is committed, the next results gather."""

    database: Database
    journal: Journal
    tools: ConfirmationTools
    _waiting: list[tuple[Attempt, Callable[[], object]]] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition, repr=False)
    _accepted: int = 0
    _is_finishing: bool = False
    _small: SmallTransactions = field(init=False, repr=False)
    _writing: Lock = field(default_factory=Lock, repr=False)
    _running: Future[None] | None = None
    _is_stopped: Event = field(default_factory=Event)
    _durable_at: float = 0.0
    _unnoted: list[ClaimedDelivery] = field(default_factory=list)
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="outcomes")
    )

    def __post_init__(self) -> None:
        self._small = self.database.small_transactions()

    async def record(self, attempt: Attempt) -> None:
        """Return when the result is committed, however long the database is away.

        An accepted delivery is written to the journal first, at once.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._submit(attempt, lambda: _call_soon(loop, partial(_finish, done)))
        await done

    def note_accepted(self, attempt: Attempt) -> None:
        """Write an accepted delivery to the journal, for `record_accepted` soon after."""
        with self._changed:
            self._accepted += 1
            self._append(attempt)

    def record_accepted(self, attempts: list[Attempt]) -> None:
        """Record accepted deliveries like `record`, in the thread that calls."""
        self._commit_some(attempts)
        with self._changed:
            self._accepted -= len(attempts)
            if self._running is None and not self._is_stopped.is_set():
                self._running = self._thread.submit(self._commit_all)

    async def finish(self) -> None:
        """Wait until everything is committed."""
        with self._changed:
            running, self._is_finishing = self._running, True
            self._changed.notify()
        if running is not None:
            await asyncio.shield(asyncio.wrap_future(running))
        self._is_finishing = False

    def close(self) -> None:
        """Give up what could not be committed: it is in the journal."""
        with self._changed:
            self._is_stopped.set()
            self._unnoted = []
            self._changed.notify()
            if self._running is None and not self._accepted:
                self._small.close()
        self._thread.shutdown(wait=False)

    def _submit(self, attempt: Attempt, confirm: Callable[[], object]) -> None:
        with self._changed:
            if attempt.result is AttemptResult.SENT:
                self._append(attempt)
            self._waiting.append((attempt, confirm))
            if self._running is None:
                self._running = self._thread.submit(self._commit_all)
            else:
                self._changed.notify()

    def _append(self, attempt: Attempt) -> None:
        try:
            self.journal.append(attempt.delivery.id, attempt.external_id)
        except OSError as error:
            # Such as a full disk: it is still marked in a moment.
            _log.warning("outbox.not_in_journal id=%s error=%s", attempt.delivery.id, error.errno)

    def _commit_all(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._commit_some([attempt for attempt, _ in batch])
            for _, confirm in batch:
                confirm()
        with self._writing:
            self._small.close()

    def _commit_some(self, attempts: list[Attempt]) -> None:
        if not self._commit(attempts) and len(attempts) > 1:
            # One result that cannot be recorded must not hold up the others. Its delivery
            # waits again when the lease has ended.
            for attempt in attempts:
                self._commit([attempt])

    def _next_batch(self) -> list[tuple[Attempt, Callable[[], object]]] | None:
        """The next results; none when only notes are left, None when nothing is."""
        with self._changed:
            if self._unnoted and not self._waiting:
                self._changed.wait_for(self._has_news, _DURABLE_SECONDS)
            batch, self._waiting = self._waiting, []
            if not batch and not self._unnoted:
                # Results are appended to the journal with this lock: all in it are committed.
                if not self._accepted:
                    self.journal.truncate()
                self._running = None
                return None
            return batch

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._is_finishing or self._is_stopped.is_set()

    def _commit(self, attempts: list[Attempt]) -> bool:
        """Record results as soon as the database answers; False when it refuses them."""
        pause = _FIRST_PAUSE
        while not self._is_stopped.is_set():
            try:
                self._write(attempts)
            except UnavailableError as error:
                # What was accepted is in the journal; nothing else is sent meanwhile.
                _log.warning("outbox.not_recorded count=%d code=%s", len(attempts), error.code)
            except Exception:  # noqa: BLE001  # recorded one by one, then
                _log.exception("outbox.not_recorded count=%d", len(attempts))
                return False
            else:
                return True
            self._is_stopped.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        return False

    def _write(self, attempts: list[Attempt]) -> None:
        sent = [each.delivery for each in attempts if each.result is AttemptResult.SENT]
        with self._writing:
            now = time.monotonic()
            durable = not attempts or now >= self._durable_at + _DURABLE_SECONDS
            self._record(attempts, [*self._unnoted, *sent] if durable else None)
            self._unnoted = [] if durable else [*self._unnoted, *sent]
            if durable:
                self._durable_at = now
        for each in attempts:
            if each.error is not None:
                error, delivery = each.error, each.delivery
                event = "lane" if each.result is AttemptResult.LANE_FAILED else "delivery"
                _log.info(
                    "%s.refused id=%s channel=%s code=%s",
                    event,
                    delivery.id,
                    delivery.channel,
                    error.code,
                )

    def _record(
        self, attempts: list[Attempt], noted: Sequence[ClaimedDelivery] | None = None
    ) -> None:
        """Record in one transaction, which is durable if something is to be noted."""
        worker = self.journal.worker
        if noted is None and all(_is_plain(each) for each in attempts):
            with self._small.writing() as connection:
                outcomes.mark_sent(connection, worker, attempts, self.database.clock())
            return
        with self.database.writing(_ACTOR, durable=noted is not None) as ctx:
            outcomes.record_attempts(ctx, worker, attempts, _jitter, self.tools)
            outcomes.note_sent(ctx, noted or ())


def _is_plain(attempt: Attempt) -> bool:
    """Whether nothing but the mark is recorded of it at once."""
    return attempt.result is AttemptResult.SENT and not attempt.is_confirmed


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311  # spreads load, needs no secrecy


def _call_soon(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(work)


def _finish(done: asyncio.Future[None]) -> None:
    # A connection that is cancelled cancels its own future alone.
    if not done.done():
        done.set_result(None)


def unexpected_error(error: Exception) -> SendError:
    """The failure of one delivery after an error of ours, which is logged."""
    _log.error("outbox.unexpected_error", exc_info=error)
    return SendError("unexpected_error", type(error).__name__)
