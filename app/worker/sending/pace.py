"""Pace of a lane: how many messages a second, and how that changes with complaints."""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

__all__ = ["Pace", "own_clock"]

_QUIET_SECONDS = 60.0
_MEASURED_SECONDS = 10.0
_SLOWEST = 1 / 60
# A rate that has grown to this is no limit any more.
_UNLIMITED = 50.0


def own_clock() -> float:
    """Seconds of a clock that never goes back and goes on while this process is stopped."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class Pace:
    """Spaces the messages of a lane. Times are seconds of a clock that never goes back.

    `limit` is the configured number of messages a second, None for any. `rate` is the present one,
    lower after a receiving system complained that messages come too fast.
    """

    limit: float | None = None
    rate: float | None = None
    _next_at: float = 0.0
    _changed_at: float = 0.0
    _sent: deque[float] = field(default_factory=deque)
    _access: Lock = field(default_factory=Lock, repr=False)

    @property
    def is_limited(self) -> bool:
        """Whether a turn may have to be waited for."""
        return self.rate is not None or self.limit is not None

    def adopt(self, rate: float | None, now: float) -> None:
        """Take over the rate that another worker has stored."""
        if rate != self.rate:
            self.rate, self._changed_at = rate, now

    def begin(self, at: float) -> None:
        """The next turn is not before `at`: turns of other workers are."""
        with self._access:
            self._next_at = max(self._next_at, at)

    def turn(self, now: float) -> float:
        """Take the next turn; returns the seconds to wait for it. Call it from any thread."""
        rate = self.rate or self.limit
        with self._access:
            self._sent.append(now)
            while self._sent[0] < now - _MEASURED_SECONDS:
                self._sent.popleft()
        if rate is None:
            return 0.0
        at = max(now, self._next_at)
        self._next_at = at + 1 / rate
        return at - now

    def slow_down(self, now: float) -> None:
        """Halve the rate: the present one, or the one that was measured."""
        measured = len(self._sent) / _MEASURED_SECONDS
        self.rate = max((self.rate or self.limit or measured) / 2, _SLOWEST)
        self._changed_at = now

    def recover(self, now: float) -> bool:
        """Give back a tenth after a quiet minute; whether the rate has changed."""
        if self.rate is None or now - self._changed_at < _QUIET_SECONDS:
            return False
        self.rate *= 1.1
        self._changed_at = now
        if self.rate >= (self.limit or _UNLIMITED):
            self.rate = None
        return True
