"""Hashing slots: how many passwords are hashed at a time, so that memory stays bounded.

One argon2id hash takes 64 MiB and a core. A slot is taken before a transaction begins: while a
request waits for one, it holds no connection and no lock of the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore, local

from app.domain.errors import UnavailableError

__all__ = ["HashingSlots", "hashing_slot"]

_SLOTS = 4
# Fewer than the threads that answer requests (40), so that other requests are still answered.
_WAITING = 24
_WAIT_SECONDS = 10.0


class HashingSlots:
    """At most `slots` hashes at a time; further threads wait, for a bounded time."""

    def __init__(self, slots: int, *, waiting: int, seconds: float) -> None:
        self._free = Semaphore(slots)
        self._places = Semaphore(slots + waiting)
        self._seconds = seconds
        self._lock = Lock()
        self._held = local()
        self._in_use = 0
        self.most_in_use = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot; a thread that holds one already goes on with it.

        Raises UnavailableError (`sign_in_busy`) when too many threads wait, or none gets free.
        """
        if getattr(self._held, "is_held", False):
            yield
            return
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._free.acquire(timeout=self._seconds):
                raise _busy()
            try:
                self._count(1)
                self._held.is_held = True
                yield
            finally:
                self._held.is_held = False
                self._count(-1)
                self._free.release()
        finally:
            self._places.release()

    def _count(self, change: int) -> None:
        with self._lock:
            self._in_use += change
            self.most_in_use = max(self.most_in_use, self._in_use)


def _busy() -> UnavailableError:
    return UnavailableError(
        "Too many people sign in at the moment. Try again in a few seconds.", code="sign_in_busy"
    )


# One for the process: its memory is what the slots bound.
_PROCESS_SLOTS = HashingSlots(_SLOTS, waiting=_WAITING, seconds=_WAIT_SECONDS)
hashing_slot = _PROCESS_SLOTS.slot
