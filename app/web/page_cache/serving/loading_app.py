"""Loading app: takes the application's place while it is imported, which takes a second or two."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from threading import Thread
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.problem_details import MEDIA_TYPE, RETRY_AFTER, problem_details

__all__ = ["Application", "LoadingApp"]

_NOT_STARTED = problem_details(
    503, "unavailable", "Fyr could not start; its log says why. Try again soon."
)
_NOT_STARTED_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"content-length", str(len(_NOT_STARTED)).encode()),
    (b"cache-control", b"no-store"),
    (b"retry-after", str(RETRY_AFTER).encode()),
]


class Application(Protocol):
    """A Starlette application: an ASGI application with a lifespan and a state."""

    router: Any
    state: Any

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


class LoadingApp:
    """ASGI application that creates the real one in a thread; requests wait for it.

    `create` is called in the thread when the server starts. `on_started` is called with the
    application after its lifespan has begun, `on_error` with the exception of `create`. With
    `accepts_early` the server accepts connections meanwhile; without, when the application is
    started, for another process answers until then.
    """

    def __init__(
        self,
        create: Callable[[], Application],
        on_started: Callable[[Application], None],
        on_error: Callable[[Exception], None],
        *,
        accepts_early: bool = True,
    ) -> None:
        self._create = create
        self._on_started = on_started
        self._on_error = on_error
        self._accepts_early = accepts_early
        self._loop: asyncio.AbstractEventLoop
        # None: the application could not be created.
        self._app: asyncio.Future[Application | None]
        self._interim: asyncio.Future[ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
            return
        if not (self._app.done() or self._interim.done()):
            either: set[asyncio.Future[Any]] = {self._app, self._interim}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not self._app.done():
                await self._interim.result()(scope, receive, send)
                return
        # A client that disconnects must not cancel the future that others wait for.
        app = await asyncio.shield(self._app)
        if app is not None:
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 503, "headers": _NOT_STARTED_HEADERS})
        await send({"type": "http.response.body", "body": _NOT_STARTED})

    def retry_waiting(self, app: ASGIApp) -> None:
        """Pass the requests that wait to `app`, which can answer some of them by now.

        Call it once, from `create`. `app` passes what it cannot answer back to this application.
        """
        self._loop.call_soon_threadsafe(self._interim.set_result, app)

    def fail(self) -> None:
        """Answer the requests that wait, and those to come, with 503. Any thread can call it."""

        def answer() -> None:
            if not self._app.done():
                self._app.set_result(None)

        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(answer)

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        created: asyncio.Future[Application] = loop.create_future()
        self._loop, self._app, self._interim = loop, loop.create_future(), loop.create_future()
        # A daemon thread: a shutdown does not wait for the import.
        arguments = (loop, created)
        Thread(target=self._create_in_thread, args=arguments, name="fyr-load", daemon=True).start()
        await receive()
        running = loop.create_task(self._run(created))
        if not self._accepts_early:
            try:
                await asyncio.wait((running, self._app), return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                return  # the server ends before it has started
            if running.done():
                running.result()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        running.cancel()
        await asyncio.wait([running])
        await send({"type": "lifespan.shutdown.complete"})

    def _create_in_thread(
        self, loop: asyncio.AbstractEventLoop, created: asyncio.Future[Application]
    ) -> None:
        try:
            app = self._create()
        except Exception as error:  # noqa: BLE001  # reported to the owner of this object
            self._on_error(error)
            return
        if not loop.is_closed():
            loop.call_soon_threadsafe(created.set_result, app)

    async def _run(self, created: asyncio.Future[Application]) -> None:
        app = await created
        lifespan: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        async with lifespan:
            self._on_started(app)
            self._app.set_result(app)
            await asyncio.Event().wait()
