"""Keep-alive timer: closes an idle connection; many answers take one timer of the event loop."""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable

__all__ = ["KeepAliveTimer"]

_NEVER = float("inf")


class KeepAliveTimer:
    """The time-out of one idle connection; like a TimerHandle it can be cancelled.

    Each `renew` only moves the deadline. The timer of the event loop is started again when it fires
    before the deadline, once in a time-out: starting and cancelling one takes 2 us.
    """

    __slots__ = ("_callback", "_deadline", "_handle", "_loop", "_seconds")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, callback: Callable[[], None]
    ) -> None:
        self._loop, self._seconds = loop, seconds
        self._callback: Callable[[], None] | None = callback
        self._deadline = _NEVER
        self._handle: TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a deadline."""
        return self._deadline != _NEVER

    def renew(self) -> None:
        """Call back when the whole time-out has passed from now on."""
        self._deadline = self._loop.time() + self._seconds
        if self._handle is None:
            self._handle = self._loop.call_later(self._seconds, self._check)

    def cancel(self) -> None:
        """Do not call back, unless the timer is renewed."""
        self._deadline = _NEVER

    def stop(self) -> None:
        """Cancel the timer of the event loop: the connection has been closed."""
        self._deadline = _NEVER
        # Without a reference to the connection, which then needs no garbage collector.
        self._callback = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _check(self) -> None:
        self._handle = None
        if self._deadline == _NEVER:
            return
        remaining = self._deadline - self._loop.time()
        if remaining > 0:
            self._handle = self._loop.call_later(remaining, self._check)
        elif self._callback is not None:
            self._callback()
