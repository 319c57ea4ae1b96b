"""Routers that are searched only for paths that have their prefix."""

import asyncio

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from app.web.prefix_router import PrefixRouter


@pytest.fixture(scope="module")
def client() -> httpx.AsyncClient:
    things, parts, rest = (
        APIRouter(prefix="/things"),
        APIRouter(prefix="/things/{thing}/parts"),
        (APIRouter()),
    )
    things.add_api_route("/{thing}", lambda thing: f"thing {thing}")
    parts.add_api_route("", lambda thing: f"parts of {thing}")
    rest.add_api_route("/rest", lambda: "rest")
    inner = APIRouter(prefix="/api")
    for each in (things, parts, rest):
        inner.include_router(PrefixRouter(each), prefix="/v1")
    app = FastAPI()
    app.include_router(inner)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/things/a", "thing a"),
        ("/api/v1/things/things", "thing things"),
        ("/api/v1/things/a/parts", "parts of a"),
        ("/api/v1/rest", "rest"),
    ],
)
def test_a_route_below_prefixes_with_and_without_parameters_is_found(
    client: httpx.AsyncClient, path: str, answer: str
) -> None:
    assert asyncio.run(client.get(path)).json() == answer


def test_other_paths_and_methods_are_refused(client: httpx.AsyncClient) -> None:
    async def run() -> list[int]:
        found = [await client.get("/api/v1/thing/a"), await client.get("/things/a")]
        return [each.status_code for each in [*found, await client.post("/api/v1/things/a")]]

    assert asyncio.run(run()) == [404, 404, 405]
