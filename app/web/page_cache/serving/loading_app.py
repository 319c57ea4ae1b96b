"""Stands for the application while it is still being made, which takes a second or two."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from threading import Thread
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Application", "LoadingApp"]


class Application(Protocol):
    """An ASGI application that can be brought to life."""

    router: Any
    state: Any

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


class LoadingApp:
    """Makes the application in a thread as soon as the server runs; who asks for it waits.

    `arrived` is called with it when it lives, `failed` when it cannot be made.
    """

    def __init__(
        self,
        make: Callable[[], Application],
        arrived: Callable[[Application], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._make = make
        self._arrived = arrived
        self._failed = failed
        self._here: asyncio.AbstractEventLoop
        self._app: asyncio.Future[Application]
        self._sooner: asyncio.Future[ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if not (self._app.done() or self._sooner.done()):
            either: set[asyncio.Future[Any]] = {self._app, self._sooner}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not self._app.done():
                await self._sooner.result()(scope, receive, send)
                return
        # Who goes away must not take the application from the others.
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)

    def look_again(self, app: ASGIApp) -> None:
        """Let those who wait ask `app` once more: it can answer some of them by now.

        For the thread that makes the application.
        """
        self._here.call_soon_threadsafe(self._sooner.set_result, app)

    async def _live(self, receive: Receive, send: Send) -> None:
        here = asyncio.get_running_loop()
        made: asyncio.Future[Application] = here.create_future()
        self._here, self._app, self._sooner = here, here.create_future(), here.create_future()
        # A thread that nobody waits for: a server that is told to end does so at once.
        Thread(target=self._bring, args=(here, made), name="fyr-coming", daemon=True).start()
        await receive()
        living = here.create_task(self._keep(made))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        living.cancel()
        await asyncio.wait([living])
        await send({"type": "lifespan.shutdown.complete"})

    def _bring(self, here: asyncio.AbstractEventLoop, made: asyncio.Future[Application]) -> None:
        try:
            app = self._make()
        except Exception as error:  # noqa: BLE001  # whoever started us is told
            self._failed(error)
            return
        if not here.is_closed():
            here.call_soon_threadsafe(made.set_result, app)

    async def _keep(self, made: asyncio.Future[Application]) -> None:
        app = await made
        living: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        async with living:
            self._arrived(app)
            self._app.set_result(app)
            await asyncio.Event().wait()
