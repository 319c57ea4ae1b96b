"""Hashing slots: how many requests hash passwords at a time, and how many wait for it.

One argon2id hash takes 64 MiB and a core. A slot is taken before a thread and a transaction: while
a request waits for one, it holds neither a thread of those that answer requests, nor a connection
or a lock of the database.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Lock

from app.domain.errors import UnavailableError
from app.usecases.users.passwords.hashing_threads import HASHING_THREADS

__all__ = ["HashingSlots", "hashing_slot"]

_WAITING = 24
_WAIT_SECONDS = 10.0


class HashingSlots:
    """At most `slots` requests at a time, in order of arrival; others wait, for a bounded time.

    Requests of several event loops may share the slots.
    """

    def __init__(self, slots: int, *, waiting: int, seconds: float) -> None:
        self._slots = slots
        self._waiting = waiting
        self._seconds = seconds
        self._lock = Lock()
        self._in_use = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self.most_in_use = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot.

        Raises UnavailableError (`sign_in_busy`) when too many requests wait, or none gets free.
        """
        await self._acquire()
        try:
            yield
        finally:
            self._release()

    async def _acquire(self) -> None:
        with self._lock:
            if self._in_use < self._slots:
                self._in_use += 1
                self.most_in_use = max(self.most_in_use, self._in_use)
                return
            if len(self._queue) >= self._waiting:
                raise _busy()
            granted = asyncio.get_running_loop().create_future()
            self._queue.append(granted)
        try:
            async with asyncio.timeout(self._seconds):
                await granted
        except BaseException as error:
            self._give_up(granted)
            if isinstance(error, TimeoutError):
                raise _busy() from None
            raise

    def _give_up(self, granted: "asyncio.Future[None]") -> None:
        with self._lock:
            was_queued = granted in self._queue
            if was_queued:
                self._queue.remove(granted)
        if not was_queued:  # the slot was granted at this moment
            self._release()

    def _release(self) -> None:
        """Pass the slot to the request that waits longest, or free it."""
        with self._lock:
            while self._queue:
                granted = self._queue.popleft()
                try:
                    granted.get_loop().call_soon_threadsafe(_grant, granted)
                except RuntimeError:  # its event loop is closed
                    continue
                return
            self._in_use -= 1


def _grant(granted: "asyncio.Future[None]") -> None:
    if not granted.done():
        granted.set_result(None)


def _busy() -> UnavailableError:
    return UnavailableError(
        "Too many people sign in at the moment. Try again in a few seconds.", code="sign_in_busy"
    )


# One for the process: its memory is what the slots bound.
_PROCESS_SLOTS = HashingSlots(HASHING_THREADS, waiting=_WAITING, seconds=_WAIT_SECONDS)
hashing_slot = _PROCESS_SLOTS.slot
