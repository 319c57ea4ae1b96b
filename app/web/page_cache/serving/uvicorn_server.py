"""uvicorn server that drains its connections before it ends."""

import asyncio
import signal
import socket
from contextlib import suppress
from types import FrameType

import uvicorn

from app.web.page_cache.serving.middleware import PageCacheMiddleware

__all__ = ["DrainingServer"]

# How long connections get one more answer before idle ones are closed.
_DRAIN_SECONDS = 1.0
_POLLS = 20
_TICK_SECONDS = 1.0


class DrainingServer(uvicorn.Server):
    """On SIGTERM it accepts no connection and closes each one after its next answer.

    uvicorn closes idle connections at once, although a request may be on its way on one of them.
    On SIGINT (Ctrl-C) it ends as uvicorn does.
    """

    def __init__(self, config: uvicorn.Config, middleware: PageCacheMiddleware) -> None:
        super().__init__(config)
        self._middleware = middleware
        self._drains = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self._drains = False
        super().handle_exit(sig, frame)
        self._wake()

    def stop_now(self) -> None:
        """End without draining. Can be called from any thread."""
        self._drains = False
        self.should_exit = True
        self._wake()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, unless the end is requested before that."""
        self._loop = asyncio.get_running_loop()
        if self.should_exit:
            return
        starting = asyncio.ensure_future(super().startup(sockets))
        ending = asyncio.ensure_future(self._ends.wait())
        await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if starting.done():
            starting.result()
        else:
            starting.cancel()

    async def main_loop(self) -> None:
        """Run until the end is requested; tick once a second, as often as the Date header needs.

        uvicorn ticks ten times as often to notice the request, which is a third of the processor
        time of an idle process.
        """
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._ends.wait()

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ends.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._drains:
            await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        for listener in self.servers:
            listener.close()
        self._middleware.draining = True
        for _ in range(_POLLS):
            if not self.server_state.connections or not self._drains:
                return
            await asyncio.sleep(_DRAIN_SECONDS / _POLLS)
