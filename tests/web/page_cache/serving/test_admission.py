"""Many requests at once do not keep visitors from pages that are in memory."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from app.ports.clock import system_clock
from app.rendering.assets import asset_path
from app.web.page_cache.serving.admission import Admission
from app.web.page_cache.serving.middleware import PageCacheMiddleware
from app.web.page_cache.state import CacheState
from app.web.page_cache.store import PageStore

BURST = [f"/nothing-{number}" for number in range(50)]
STORED = asset_path("fyr.css")


def answered(*paths: str, method: str = "GET") -> list[str]:
    """The paths in the order of their answers, when all are requested at once."""
    done: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        done.append(scope["path"])

    async def ask(path: str) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                done.append(path)

        scope = {
            "type": "http",
            "method": method if path in BURST else "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"status.example.org")],
            "http_version": "1.1",
        }
        await middleware(scope, asyncio.Queue[Message]().get, send)

    async def ask_all() -> None:
        await asyncio.gather(*map(ask, paths))

    store = PageStore(2**20, system_clock)
    middleware = PageCacheMiddleware(application, CacheState(store))
    asyncio.run(ask_all())
    return done


def test_a_page_in_memory_and_the_state_of_health_do_not_wait_for_a_burst() -> None:
    for method in ("GET", "POST"):
        done = answered(*BURST, STORED, "/healthz", method=method)
        assert max(done.index(STORED), done.index("/healthz")) < 10
        assert [path for path in done if path in BURST] == BURST


def test_the_last_requests_of_a_burst_are_answered_too_and_those_after_it_at_once() -> None:
    assert answered(*BURST) == BURST
    assert answered("/alone") == ["/alone"]


def test_who_has_hung_up_takes_nobodys_turn() -> None:
    async def admit_three_of_many() -> int:
        admission = Admission()
        tasks = [asyncio.create_task(admission.wait()) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks[4:-3]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(result is None for result in results)

    assert asyncio.run(admit_three_of_many()) == 7


def test_a_loop_that_has_ended_leaves_nothing_to_the_next_one() -> None:
    admission = Admission()

    async def begin_without_an_end() -> None:
        waiting = [asyncio.ensure_future(admission.wait()) for _ in range(9)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()

    for _ in range(3):
        asyncio.run(begin_without_an_end())
    asyncio.run(asyncio.wait_for(admission.wait(), 10))
