"""Router that imports its routes when the first request for one of its paths arrives."""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

__all__ = ["DeferredRouter"]


class DeferredRouter(APIRouter):
    """The routes below some prefixes, which `import_router` imports and returns: docs/adr/0041.

    Requests for paths below the prefixes wait until the routes are there. They are imported in a
    thread of their own, so that the event loop goes on answering others. After a failed import the
    requests that waited fail, and the next one tries again.
    """

    def __init__(self, *prefixes: str, import_router: Callable[[], APIRouter]) -> None:
        super().__init__()
        self._prefixes = prefixes
        self._below = tuple(f"{each}/" for each in prefixes)
        self._import_router = import_router
        self._lock = Lock()
        self._is_loaded = False
        self._loading: Future[None] | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match of a path below the prefixes; until the routes are there, all of them match."""
        path = str(scope["path"])
        if not (path in self._prefixes or path.startswith(self._below)):
            return Match.NONE, {}
        return super().matches(scope) if self._is_loaded else (Match.FULL, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the first ones wait for the routes and are then matched again."""
        if self._is_loaded:
            await super().handle(scope, receive, send)
            return
        # A client that disconnects must not end the import that others wait for.
        await asyncio.shield(asyncio.wrap_future(self._begin(scope)))
        await scope["router"](scope, receive, send)

    def load(self) -> None:
        """Import the routes, once."""
        with self._lock:
            if not self._is_loaded:
                self.include_router(self._import_router())
                self._is_loaded = True

    # See `PrefixRouter`: here the routes change once.
    def _get_routes_version(self, seen: set[int] | None = None) -> int:  # noqa: ARG002
        return int(self._is_loaded)

    def _begin(self, scope: Scope) -> Future[None]:
        """The import that is under way, or a new one."""
        if self._loading is None or self._loading.done():
            self._loading = Future()
            # It does not end when somebody who waits is cancelled.
            self._loading.set_running_or_notify_cancel()
            arguments = (scope, self._loading)
            Thread(target=self._run, args=arguments, name="fyr-routes", daemon=True).start()
        return self._loading

    def _run(self, scope: Scope, loading: Future[None]) -> None:
        # What is imported stays: the collector would stop all threads to search it in vain.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            self.load()
            # FastAPI builds its objects at the first look; here they cost the event loop nothing.
            for _ in iter_route_contexts(scope["router"].routes):
                pass
        except BaseException as error:  # noqa: BLE001  # raised in the requests that wait
            loading.set_exception(error)
        else:
            loading.set_result(None)
        finally:
            gc.freeze()
            if was_enabled:
                gc.enable()
