"""Admission of requests to the application: a few in each pass of the event loop.

A thousand requests that arrive at once would be begun in one pass, which takes seconds. Meanwhile
nobody would get a page that is in memory. Now the others wait in the order of their arrival, and
pages are answered between the passes: of a thousand requests at once for a page that does not
exist, a visitor waited 1.3 s before and 0.3 s with it (medians of three on two cores).
"""

import asyncio
from collections import deque

__all__ = ["Admission"]

# One takes one or two milliseconds of the event loop until it waits for a thread or is answered.
_IN_A_PASS = 4


class Admission:
    """Admits the requests of one event loop; a request of another one begins anew."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._admitted = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Return when a request may begin: at once, unless many have arrived with it."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._admitted = loop, 0
            self._waiting.clear()
        if self._admitted < _IN_A_PASS and not self._waiting:
            if not self._admitted:
                loop.call_soon(self._begin_pass, loop)
            self._admitted += 1
            return
        waiting = loop.create_future()
        self._waiting.append(waiting)
        await waiting

    def _begin_pass(self, loop: asyncio.AbstractEventLoop) -> None:
        self._admitted = 0
        while self._waiting and self._admitted < _IN_A_PASS:
            waiting = self._waiting.popleft()
            if not waiting.done():  # a request that waits is cancelled when the server ends
                waiting.set_result(None)
                self._admitted += 1
        if self._admitted:
            loop.call_soon(self._begin_pass, loop)
