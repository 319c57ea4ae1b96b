"""uvicorn's server, with a way to leave in which nobody is cut off."""

import asyncio
import signal
import socket
from types import FrameType

import uvicorn

from app.web.page_cache.serving.middleware import Front

__all__ = ["Server"]

# How long connections are answered for the last time before those that ask nothing are closed.
_FAREWELL_SECONDS = 1.0
_LOOKS = 20


class Server(uvicorn.Server):
    """Told to end by SIGTERM, it takes no new connection and closes each after its next answer.

    uvicorn closes idle connections at once, though a request may be on its way on them. Whoever
    presses Ctrl-C has no such patience.
    """

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front
        self._patient = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self._patient = False
        super().handle_exit(sig, frame)

    def leave(self) -> None:
        """End at once: nobody is left to end for."""
        self._patient = False
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._patient:
            await self._take_leave()
        await super().shutdown(sockets)

    async def _take_leave(self) -> None:
        for listening in self.servers:
            listening.close()
        self._front.leaving = True
        for _ in range(_LOOKS):
            if not self.server_state.connections or not self._patient:
                return
            await asyncio.sleep(_FAREWELL_SECONDS / _LOOKS)
