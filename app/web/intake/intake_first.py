"""Intake first: transactions that process events leave most of the time to those that store them.

A sender waits until its event is stored. On SQLite, that waits for the write lock; and each of the
steps between threads waits for the interpreter's lock while another thread processes.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

__all__ = ["IntakeFirst"]

# While events arrive, processing takes a quarter of the time.
_PAUSE_RATIO = 3.0
_MAX_PAUSE_SECONDS = 1.0
# A transaction with one event takes five times as long as an event takes in one with 25.
_ROUND_SECONDS = 1.0
# Events have ceased to arrive when none has come for this long.
_QUIET_SECONDS = 0.03
_LOOK_SECONDS = 0.005


class IntakeFirst:
    """The write lock, as it is held around each transaction that processes events.

    While events arrive, it is not taken again for three times as long as it was held, but for a
    second at most; and a round through the sources begins once a second, so that events gather.
    """

    def __init__(
        self,
        write_lock: threading.Lock,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._write_lock = write_lock
        self._clock = clock
        self._sleep = sleep
        self._arrived_at = self._taken_at = self._paused_until = clock() - _MAX_PAUSE_SECONDS
        self._next_round_at = self._paused_until
        self._held_seconds = 0.0
        self._is_closed = False

    def note_arrival(self) -> None:
        """Note that an event has arrived now."""
        self._arrived_at = self._clock()

    def close(self) -> None:
        """End the pause, and make no more of them."""
        self._is_closed = True

    def begin_round(self) -> None:
        """Wait until a round may begin: a second after the last one, or when no event arrives."""
        self._wait_until(self._next_round_at)
        self._next_round_at = self._clock() + _ROUND_SECONDS

    def _wait_until(self, end: float) -> None:
        # On a busy machine, the next event is on its way for longer.
        quiet = max(_QUIET_SECONDS, min(self._held_seconds * _PAUSE_RATIO, _MAX_PAUSE_SECONDS))
        while not self._is_closed:
            now = self._clock()
            if now >= end or now - self._arrived_at >= quiet:
                break
            self._sleep(_LOOK_SECONDS)

    def __enter__(self) -> None:
        self._wait_until(self._paused_until)
        self._write_lock.acquire()
        self._taken_at = self._clock()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        now = self._clock()
        self._write_lock.release()
        self._held_seconds = now - self._taken_at
        self._paused_until = now + min(self._held_seconds * _PAUSE_RATIO, _MAX_PAUSE_SECONDS)
