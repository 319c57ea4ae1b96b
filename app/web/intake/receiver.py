"""Receiver of inbound events: stores each in a short transaction, then processes it.

Events that arrive during a commit are stored together in the next one, so that each request waits
for at most two commits, even in an alert storm.
"""

import asyncio
import hashlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from math import ceil

from app.domain.alerts.sources import RATE_SPAN_SECONDS, replace_unstorable
from app.domain.errors import FyrError, InvalidError, UnavailableError
from app.ports.monitor import Adapter
from app.usecases.context import new_id
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.sources import inbox, sources
from app.usecases.sources.inbox import ReceivedEvent, to_inbound_event
from app.usecases.sources.processor import Processor
from app.usecases.sources.quota import HookQuota
from app.usecases.sources.records import SourceCredentials
from app.web.intake.intake_first import IntakeFirst

__all__ = ["Receiver"]

_log = logging.getLogger("fyr.hooks")

_BATCH_SIZE = 200
# In a message to PostgreSQL, bodies take ten times as much memory for a moment.
_BATCH_BYTES = 1_000_000
_MAX_QUEUE = 5000
_CACHE_SECONDS = 1.0
_RETRY_SECONDS = 1.0
# The connection on which events are stored is kept for this long after the last one.
_KEPT_SECONDS = 1.0
# For events that another process stored; a worker looks for them more often.
_POLL_SECONDS = 5.0
# Burst: a source may send this many times its five-minute limit at once (one hour's worth).
_BURST = 12
_MAX_KEY_CHARS = 200


@cache
def _lookups() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="fyr-hook-lookup")


@dataclass(frozen=True, slots=True)
class _QueuedEvent:
    """Queued event whose sender waits for the result of storing it."""

    event: ReceivedEvent
    credentials: SourceCredentials
    loop: asyncio.AbstractEventLoop
    stored: "asyncio.Future[str | None]"

    def finish(self, result: str | Exception | None) -> None:
        """Answer the request. Its event loop has to call this."""
        if self.stored.done():  # the sender has disconnected
            return
        if isinstance(result, Exception):
            self.stored.set_exception(result)
        else:
            self.stored.set_result(result)


def _finish(queued: Sequence[_QueuedEvent], results: Sequence[str | Exception | None]) -> None:
    """Answer all requests of a batch, waking each event loop once."""
    calls: dict[asyncio.AbstractEventLoop, list[Callable[[], None]]] = {}
    for pending, result in zip(queued, results, strict=True):
        calls.setdefault(pending.loop, []).append(partial(pending.finish, result))
    for loop, answers in calls.items():
        loop.call_soon_threadsafe(_call_all, answers)


def _batches(queued: Sequence[_QueuedEvent]) -> Iterator[Sequence[_QueuedEvent]]:
    """The events in order, each batch within the limits of a transaction."""
    batch: list[_QueuedEvent] = []
    size = 0
    for each in queued:
        if batch and (len(batch) >= _BATCH_SIZE or size + len(each.event.body) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.event.body)
    yield batch


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


class Receiver:
    """Stores inbound events and starts their processing.

    Before `start` and after `close`, each event is stored and processed within its own request.
    """

    def __init__(
        self,
        database: Database,
        adapters: Mapping[str, Adapter],
        secret_box: SecretBox,
        quota: HookQuota,
    ) -> None:
        self._database = database
        self._quota = quota
        self._adapters = adapters
        self._secret_box = secret_box
        self._transactions = database.intake_transactions()
        self._write_lock = threading.Lock()
        self._intake_first = IntakeFirst(self._write_lock)
        self._processor = Processor(database, adapters, self._intake_first)
        # What the event loop has received since its last turn, and what the thread has to store.
        self._gathered: dict[asyncio.AbstractEventLoop, list[_QueuedEvent]] = {}
        self._queue: queue.SimpleQueue[list[_QueuedEvent] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._has_events = threading.Event()
        self._threads: list[threading.Thread] = []
        self._is_closing = False
        self._cache: dict[str, tuple[float, SourceCredentials]] = {}
        self._buckets: dict[int, tuple[float, float]] = {}

    def start(self) -> None:
        """Start the threads that store and process events."""
        self._threads = [
            threading.Thread(target=work, name=f"fyr-hooks-{work.__name__}", daemon=True)
            for work in (self._store_queued, self._process_pending)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Store the queued events; unprocessed ones are processed after the next start."""
        self._is_closing = True
        self._intake_first.close()
        for loop in tuple(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        self._has_events.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    async def find_source(self, token: str) -> SourceCredentials | None:
        """Find the enabled source of a token. Raises UnavailableError."""
        now = time.monotonic()
        until, credentials = self._cache.get(token, (0.0, None))
        if self._threads and credentials is not None and now < until:
            return credentials
        # In a thread for look-ups only: made-up tokens must not keep others waiting for a thread.
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(_lookups(), self._look_up, token)
        if found is None:
            self._cache.pop(token, None)
        else:
            self._cache[token] = (now + _CACHE_SECONDS, found)
        return found

    def retry_after_seconds(self, credentials: SourceCredentials) -> int:
        """Count a request; return 0, or the seconds to wait if the rate limit is exceeded.

        Token bucket: refilled at the source's limit per five minutes, with room for the events of
        an hour, because alert storms are legitimate. Each process counts separately.
        """
        if not credentials.rate_limit:
            return 0
        now = self._database.clock().timestamp()
        capacity = float(credentials.rate_limit * _BURST)
        per_second = credentials.rate_limit / RATE_SPAN_SECONDS
        left, at = self._buckets.get(credentials.source_id, (capacity, now))
        left = min(capacity, left + max(0.0, now - at) * per_second)
        if left < 1:
            self._buckets[credentials.source_id] = (left, now)
            return ceil((1 - left) / per_second)
        self._buckets[credentials.source_id] = (left - 1, now)
        return 0

    async def store(self, event: ReceivedEvent, credentials: SourceCredentials) -> str | None:
        """Store an event of the source with these credentials; return its public id.

        The event is committed then. None if the daily quota is used up, and nothing is stored.
        Raises UnavailableError.
        """
        if not self._threads:
            return await asyncio.to_thread(self._store_and_process, event, credentials)
        if self._waiting >= _MAX_QUEUE:
            raise UnavailableError("Too many inbound events wait to be stored; try again soon.")
        loop = asyncio.get_running_loop()
        pending = _QueuedEvent(event, credentials, loop, loop.create_future())
        self._intake_first.note_arrival()
        gathered = self._gathered.setdefault(loop, [])
        if not gathered:
            loop.call_soon(self._hand_over, loop)
        gathered.append(pending)
        self._waiting += 1
        try:
            return await pending.stored
        finally:
            self._waiting -= 1

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the thread at once what one turn of the event loop has received.

        Waking the thread takes as much time as everything else that `store` does; and with one
        event it would begin a transaction that the others of that turn have to wait for.
        """
        if gathered := self._gathered.pop(loop, None):
            self._queue.put(gathered)

    def process_now(self) -> None:
        """Process the pending events now."""
        if self._threads:
            self._has_events.set()
        else:
            self._processor.drain()

    def _look_up(self, token: str) -> SourceCredentials | None:
        with self._database.reading() as ctx:
            found = sources.find_credentials(ctx, self._secret_box, token)
        adapter = None if found is None else self._adapters.get(found.kind)
        if found is None or adapter is None:
            return found
        return replace(found, header_names=adapter.header_names(found.options))

    def _store_and_process(
        self, event: ReceivedEvent, credentials: SourceCredentials
    ) -> str | None:
        (public_id,) = self._store([(event, credentials)])
        self._processor.drain()
        return public_id

    def _store_queued(self) -> None:
        while (queued := self._next_queued()) is not None:
            for batch in _batches(queued):
                self._store_batch(batch)
            self._has_events.set()
        self._transactions.close()

    def _next_queued(self) -> list[_QueuedEvent] | None:
        """All events that are queued, at least one; None at the end."""
        try:
            queued = self._queue.get(timeout=_KEPT_SECONDS)
        except queue.Empty:
            # The pool tests a connection before it lends it out, so a restart of PostgreSQL
            # meanwhile fails no event; and others may need it.
            self._transactions.close()
            queued = self._queue.get()
        while queued is not None and not self._queue.empty():
            more = self._queue.get()
            if more is None:
                self._queue.put(None)  # the end, after these
                break
            queued += more
        return queued

    def _store_batch(self, queued: Sequence[_QueuedEvent]) -> None:
        try:
            ids = self._store([(each.event, each.credentials) for each in queued])
        except Exception as error:  # noqa: BLE001  # every waiting request must be answered
            self._fail(queued, error)
            return
        _finish(queued, ids)

    def _fail(self, queued: Sequence[_QueuedEvent], error: Exception) -> None:
        if len(queued) > 1 and not isinstance(error, UnavailableError):
            # An event that cannot be stored must not fail the others of its batch.
            for pending in queued:
                self._store_batch([pending])
            return
        if not isinstance(error, FyrError):
            _log.error("hook.not_kept", exc_info=error)
        code = error.code if isinstance(error, UnavailableError) else None
        message = "The request could not be stored; send it again."
        _finish(queued, [UnavailableError(message, code=code) for _ in queued])

    def _store(
        self, received: Sequence[tuple[ReceivedEvent, SourceCredentials]]
    ) -> list[str | None]:
        events = [
            replace(
                event,
                idempotency_key=self._idempotency_key(event, credentials),
                public_id=new_id(),
            )
            for event, credentials in received
        ]
        with self._write_lock:
            try:
                return self._store_events(events)
            except UnavailableError:
                if not self._transactions.has_lost_connection:
                    raise
                # On a new connection: the server ended this one, or a proxy or the network did.
                return self._store_events(events, again=True)
            finally:
                if not self._threads:
                    self._transactions.close()

    def _store_events(
        self, events: Sequence[ReceivedEvent], *, again: bool = False
    ) -> list[str | None]:
        with self._transactions.writing() as connection:
            now = self._database.clock()
            return inbox.store_within(
                connection, now, events, self._quota, commits=True, again=again
            )

    def _idempotency_key(self, event: ReceivedEvent, credentials: SourceCredentials) -> str | None:
        """Key that a retry of the sender repeats; None if it sends none."""
        adapter = self._adapters.get(credentials.kind)
        if adapter is None:
            return None
        try:
            key = adapter.idempotency_key(to_inbound_event(event), credentials.options)
        except InvalidError:
            return None
        if not key:
            return None
        storable = replace_unstorable(key)
        if len(storable) <= _MAX_KEY_CHARS:
            return storable
        return hashlib.sha256(storable.encode()).hexdigest()

    def _process_pending(self) -> None:
        while not self._is_closing:
            self._has_events.wait(_POLL_SECONDS)
            self._has_events.clear()
            try:
                self._processor.drain(
                    should_continue=self._is_open, begin_round=self._intake_first.begin_round
                )
            except FyrError as error:
                _log.warning("hook.waiting code=%s", error.code)
                time.sleep(_RETRY_SECONDS)
                self._has_events.set()
            except Exception:  # noqa: BLE001  # an error must not end the thread
                _log.exception("hook.turn_failed")
                time.sleep(_RETRY_SECONDS)
                self._has_events.set()

    def _is_open(self) -> bool:
        return not self._is_closing
