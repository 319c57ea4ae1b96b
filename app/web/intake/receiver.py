"""Takes deliveries in: kept in one short transaction, answered, then processed.

Deliveries that arrive while the disk is busy are committed together: each waits for one commit, and
a storm does not make it wait for more.
"""

import asyncio
import hashlib
import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from app.domain.alerts.sources import RATE_SPAN_SECONDS, replace_unstorable
from app.domain.errors import FyrError, InvalidError, UnavailableError
from app.domain.ownership import ActorKind
from app.ports.monitor import Adapter
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.encryption import SecretBox
from app.usecases.sources import inbox, sources
from app.usecases.sources.inbox import ReceivedEvent, to_inbound_event
from app.usecases.sources.processor import Processor
from app.usecases.sources.records import SourceCredentials

__all__ = ["Receiver"]

_log = logging.getLogger("fyr.hooks")

_ACTOR = Actor(ActorKind.SOURCE, "hook")
_MOST_TOGETHER = 200
_MOST_BYTES_TOGETHER = 8_000_000
_MOST_WAITING = 5000
_KNOWN_FOR_SECONDS = 1.0
_TURN_SECONDS = 1.0
# How many times its five minutes' worth a source that was quiet may send at once.
_BURST = 12
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivery whose sender waits for our word that it is kept."""

    event: ReceivedEvent
    kind: str
    loop: asyncio.AbstractEventLoop
    kept: "asyncio.Future[str]"

    def tell(self, answer: str | Exception) -> None:
        self.loop.call_soon_threadsafe(self._set, answer)

    def _set(self, answer: str | Exception) -> None:
        if self.kept.done():  # the sender has gone
            return
        if isinstance(answer, Exception):
            self.kept.set_exception(answer)
        else:
            self.kept.set_result(answer)


class Receiver:
    """Keeps what arrives. Before `start` and after `close` each delivery is processed at once, in
    its own request, as tests want it.
    """

    def __init__(
        self, database: Database, adapters: Mapping[str, Adapter], secret_box: SecretBox
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._secret_box = secret_box
        self._writing = threading.Lock()
        self._processor = Processor(database, adapters, self._writing)
        self._arrivals: queue.SimpleQueue[_Arrival | None] = queue.SimpleQueue()
        self._arrived = threading.Event()
        self._threads: list[threading.Thread] = []
        self._ending = False
        self._known: dict[str, tuple[float, SourceCredentials]] = {}
        self._buckets: dict[int, tuple[float, float]] = {}

    def start(self) -> None:
        """Keep and process in threads of our own."""
        self._threads = [
            threading.Thread(target=work, name=f"fyr-hooks-{work.__name__}", daemon=True)
            for work in (self._keep_arrivals, self._process_arrivals)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Keep what has arrived and leave the rest of the processing to the next start."""
        self._ending = True
        self._arrivals.put(None)
        self._arrived.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    async def keys(self, token: str) -> SourceCredentials | None:
        """The enabled source that a token belongs to. Raises UnavailableError."""
        now = time.monotonic()
        until, keys = self._known.get(token, (0.0, None))
        if self._threads and keys is not None and now < until:
            return keys
        found = await asyncio.to_thread(self._look_up, token)
        if found is None:
            self._known.pop(token, None)
        else:
            self._known[token] = (now + _KNOWN_FOR_SECONDS, found)
        return found

    def wait_for(self, keys: SourceCredentials) -> int:
        """The seconds after which the source may send again; 0 is now, and counts as one request.

        It may send its limit in every five minutes, and as much as in an hour when it was quiet:
        a storm is what we are here for. Each process counts by itself.
        """
        if not keys.rate_limit:
            return 0
        now = self._database.clock().timestamp()
        most = float(keys.rate_limit * _BURST)
        per_second = keys.rate_limit / RATE_SPAN_SECONDS
        left, at = self._buckets.get(keys.source_id, (most, now))
        left = min(most, left + max(0.0, now - at) * per_second)
        if left < 1:
            self._buckets[keys.source_id] = (left, now)
            return ceil((1 - left) / per_second)
        self._buckets[keys.source_id] = (left - 1, now)
        return 0

    async def keep(self, event: ReceivedEvent, kind: str) -> str:
        """Keep a delivery; tells its public id once that is committed. Raises UnavailableError."""
        if not self._threads:
            return await asyncio.to_thread(self._keep_and_process, event, kind)
        if self._arrivals.qsize() >= _MOST_WAITING:
            raise UnavailableError("Too many deliveries wait to be kept; try again soon.")
        loop = asyncio.get_running_loop()
        arrival = _Arrival(event, kind, loop, loop.create_future())
        self._arrivals.put(arrival)
        return await arrival.kept

    def wake(self) -> None:
        """Process what waits, now."""
        if self._threads:
            self._arrived.set()
        else:
            self._processor.drain()

    def _look_up(self, token: str) -> SourceCredentials | None:
        with self._database.reading() as ctx:
            return sources.find_credentials(ctx, self._secret_box, token)

    def _keep_and_process(self, event: ReceivedEvent, kind: str) -> str:
        (public_id,) = self._store([(event, kind)])
        self._processor.drain()
        return public_id

    def _keep_arrivals(self) -> None:
        while (first := self._arrivals.get()) is not None:
            arrivals, size = [first], len(first.event.body)
            while len(arrivals) < _MOST_TOGETHER and size < _MOST_BYTES_TOGETHER:
                try:
                    another = self._arrivals.get_nowait()
                except queue.Empty:
                    break
                if another is None:
                    self._arrivals.put(None)
                    break
                arrivals.append(another)
                size += len(another.event.body)
            self._keep_together(arrivals)
            self._arrived.set()

    def _keep_together(self, arrivals: Sequence[_Arrival]) -> None:
        try:
            ids = self._store([(each.event, each.kind) for each in arrivals])
        except Exception as error:  # noqa: BLE001  # whoever waits must be told
            self._tell_failure(arrivals, error)
            return
        for arrival, public_id in zip(arrivals, ids, strict=True):
            arrival.tell(public_id)

    def _tell_failure(self, arrivals: Sequence[_Arrival], error: Exception) -> None:
        if len(arrivals) > 1 and not isinstance(error, UnavailableError):
            # One that cannot be kept must not take the others with it.
            for arrival in arrivals:
                self._keep_together([arrival])
            return
        if not isinstance(error, FyrError):
            _log.error("hook.not_kept", exc_info=error)
        code = error.code if isinstance(error, UnavailableError) else None
        for arrival in arrivals:
            arrival.tell(UnavailableError("It could not be kept; send it again.", code=code))

    def _store(self, arrived: Sequence[tuple[ReceivedEvent, str]]) -> list[str]:
        events = [
            replace(event, idempotency_key=self._name(event, kind)) for event, kind in arrived
        ]
        with self._writing, self._database.writing(_ACTOR) as ctx:
            return inbox.store(ctx, events)

    def _name(self, event: ReceivedEvent, kind: str) -> str | None:
        """What the sender calls this delivery, so that it is kept once."""
        adapter = self._adapters.get(kind)
        try:
            given = None if adapter is None else adapter.idempotency_key(to_inbound_event(event))
        except InvalidError:
            return None
        if not given:
            return None
        told = replace_unstorable(given)
        # What is too long to be compared whole is compared by its digest.
        return told if len(told) <= _LONGEST_ID else hashlib.sha256(told.encode()).hexdigest()

    def _process_arrivals(self) -> None:
        while not self._ending:
            self._arrived.wait(_TURN_SECONDS)
            self._arrived.clear()
            try:
                self._processor.drain(should_continue=self._give_way)
            except FyrError as error:
                _log.warning("hook.waiting code=%s", error.code)
                time.sleep(_TURN_SECONDS)
            except Exception:  # noqa: BLE001  # the thread must outlive one bad turn
                _log.exception("hook.turn_failed")
                time.sleep(_TURN_SECONDS)

    def _give_way(self) -> bool:
        """Let those who wait for our word go first, for a moment; False when we are ending."""
        for _ in range(10):
            if self._ending or not self._arrivals.qsize():
                break
            time.sleep(0.002)
        return not self._ending
