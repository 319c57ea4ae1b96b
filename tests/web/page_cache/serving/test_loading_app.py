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


async def _answer_after_failure() -> list[Message]:
    """What a request is answered that waits while the application cannot be created."""
    stated: list[Message] = []
    events: asyncio.Queue[Message] = asyncio.Queue()
    begun, waits = asyncio.Event(), Event()

    def create() -> Application:
        assert waits.wait(30)
        raise RuntimeError("broken")

    async def started(_message: Message) -> None:
        begun.set()

    async def send(message: Message) -> None:
        stated.append(message)

    loading = LoadingApp(create, lambda _app: None, lambda _error: loading.fail())
    life = asyncio.create_task(loading({"type": "lifespan"}, events.get, started))
    events.put_nowait({"type": "lifespan.startup"})
    await begun.wait()
    request = loading({"type": "http", "path": "/en/feed.atom"}, events.get, send)
    answered = asyncio.create_task(asyncio.wait_for(request, timeout=30))
    await asyncio.sleep(0)
    waits.set()
    await answered
    events.put_nowait({"type": "lifespan.shutdown"})
    await life
    return stated


def test_waiting_requests_are_answered_with_503_when_the_application_cannot_be_created() -> None:
    start, body = asyncio.run(_answer_after_failure())
    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"] == b"5"
    assert b"could not start" in body["body"]


async def _begins_when_started() -> tuple[bool, bool]:
    """Whether a replacement accepts before its application is started, and after."""
    made = Maker()
    loading = made.coming = LoadingApp(
        made.make, lambda _app: None, lambda _error: None, accepts_early=False
    )
    events: asyncio.Queue[Message] = asyncio.Queue()
    begun = asyncio.Event()

    async def started(_message: Message) -> None:
        begun.set()

    life = asyncio.create_task(loading({"type": "lifespan"}, events.get, started))
    events.put_nowait({"type": "lifespan.startup"})
    made.asked.set()
    await asyncio.sleep(0.01)
    before = begun.is_set()
    made.go_on.set()
    await asyncio.wait_for(begun.wait(), timeout=30)
    events.put_nowait({"type": "lifespan.shutdown"})
    await life
    return before, begun.is_set()


def test_a_replacement_accepts_connections_when_its_application_is_started() -> None:
    assert asyncio.run(_begins_when_started()) == (False, True)
