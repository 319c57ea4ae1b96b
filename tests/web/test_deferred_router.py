"""Routes that are imported with the first request for one of their paths."""

import asyncio
from threading import Event

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from app.web.deferred_router import DeferredRouter


class Imports:
    """An import that can wait and fail, and counts how often it ran."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False
        self.may_end = Event()
        self.may_end.set()
        self.has_begun = Event()

    def __call__(self) -> APIRouter:
        self.count += 1
        self.has_begun.set()
        self.may_end.wait()
        if self.fails:
            raise ImportError("damaged")
        router = APIRouter(prefix="/staff")
        router.add_api_route("/{name}", lambda name: {"name": name})
        return router


@pytest.fixture
def imports() -> Imports:
    return Imports()


@pytest.fixture
def client(imports: Imports) -> httpx.AsyncClient:
    root = APIRouter()
    root.include_router(DeferredRouter("/staff", import_router=imports))
    root.add_api_route("/public", lambda: {"public": True})
    app = FastAPI(routes=root.routes)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
    )


def test_visitors_are_answered_while_requests_of_staff_wait_for_one_import(
    client: httpx.AsyncClient, imports: Imports
) -> None:
    async def run() -> list[int]:
        imports.may_end.clear()
        waiting = [asyncio.create_task(client.get(f"/staff/{name}")) for name in ("ada", "ben")]
        try:
            visitor = await client.get("/public")
        finally:
            imports.may_end.set()
        return [visitor.status_code, *[(await each).status_code for each in waiting]]

    assert asyncio.run(run()) == [200, 200, 200]
    assert imports.count == 1


def test_a_path_outside_the_prefixes_imports_nothing(
    client: httpx.AsyncClient, imports: Imports
) -> None:
    async def run() -> list[int]:
        return [(await client.get(path)).status_code for path in ("/public", "/staffroom", "/no")]

    assert asyncio.run(run()) == [200, 404, 404]
    assert imports.count == 0


def test_after_a_failed_import_the_next_request_tries_again(
    client: httpx.AsyncClient, imports: Imports
) -> None:
    async def run() -> list[int]:
        imports.fails = True
        failed = await client.get("/staff/ada")
        imports.fails = False
        return [failed.status_code, (await client.get("/staff/ada")).status_code]

    assert asyncio.run(run()) == [500, 200]


def test_a_request_that_is_cancelled_does_not_end_the_import(
    client: httpx.AsyncClient, imports: Imports
) -> None:
    async def run() -> int:
        imports.may_end.clear()
        cancelled = asyncio.create_task(client.get("/staff/ada"))
        await asyncio.to_thread(imports.has_begun.wait)
        cancelled.cancel()
        imports.may_end.set()
        return (await client.get("/staff/ben")).status_code

    assert asyncio.run(run()) == 200
    assert imports.count == 1
