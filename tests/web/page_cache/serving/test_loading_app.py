"""Requests while the application is being loaded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from types import SimpleNamespace

from starlette.types import Message, Receive, Scope, Send

from app.web.page_cache.serving.loading_app import Application, LoadingApp


class Maker:
    """An application that is loaded on demand, and one page before that."""

    def __init__(self) -> None:
        self.asked, self.go_on = Event(), Event()
        self.router = SimpleNamespace(lifespan_context=self._life)
        self.state = SimpleNamespace()

    def make(self) -> Application:
        assert self.asked.wait(30)
        self.coming.retry_waiting(self.first_page)
        assert self.go_on.wait(30)
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "answer", "by": "application"})

    async def first_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/":
            await send({"type": "answer", "by": "first page"})
        else:
            await self.coming(scope, receive, send)

    @asynccontextmanager
    async def _life(self, _app: Application) -> AsyncIterator[None]:
        yield

    async def play(self) -> list[str]:
        """Who answers `/` before the application lives, and who `/other`."""
        self.coming = LoadingApp(self.make, lambda _app: None, lambda _error: None)
        events: asyncio.Queue[Message] = asyncio.Queue()
        begun = asyncio.Event()

        async def started(_message: Message) -> None:
            begun.set()

        life = asyncio.create_task(self.coming({"type": "lifespan"}, events.get, started))
        events.put_nowait({"type": "lifespan.startup"})
        await begun.wait()
        first, other = (asyncio.create_task(self._ask(path)) for path in ("/", "/other"))
        await asyncio.sleep(0)
        self.asked.set()
        answers = [await first]
        assert not other.done()
        self.go_on.set()
        answers.append(await other)
        events.put_nowait({"type": "lifespan.shutdown"})
        await life
        return answers

    async def _ask(self, path: str) -> str:
        stated: list[Message] = []

        async def send(message: Message) -> None:
            stated.append(message)

        async def receive() -> Message:
            raise AssertionError("nothing is sent")

        await asyncio.wait_for(
            self.coming({"type": "http", "path": path}, receive, send), timeout=30
        )
        return str(stated[0]["by"])


def test_waiting_requests_are_answered_as_soon_as_the_first_page_is_rendered() -> None:
    assert asyncio.run(Maker().play()) == ["first page", "application"]
