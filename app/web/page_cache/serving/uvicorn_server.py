"""uvicorn server that drains its connections before it ends."""

import asyncio
import signal
import socket
from types import FrameType

import uvicorn

from app.web.page_cache.serving.middleware import PageCacheMiddleware

__all__ = ["DrainingServer"]

# How long connections get one more answer before idle ones are closed.
_DRAIN_SECONDS = 1.0
_POLLS = 20


class DrainingServer(uvicorn.Server):
    """On SIGTERM it accepts no connection and closes each one after its next answer.

    uvicorn closes idle connections at once, although a request may be on its way on one of them.
    On SIGINT (Ctrl-C) it ends as uvicorn does.
    """

    def __init__(self, config: uvicorn.Config, middleware: PageCacheMiddleware) -> None:
        super().__init__(config)
        self._middleware = middleware
        self._drains = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self._drains = False
        super().handle_exit(sig, frame)

    def stop_now(self) -> None:
        """End without draining."""
        self._drains = False
        self.should_exit = True

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
