"""The routes of the application as the framework sees them, and what each operation can be sent."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.web.console.kit.staff_request import signed_in
from app.web.deferred_router import DeferredRouter
from app.web.dependencies import actor_of
from tests.cast import Installation

__all__ = ["Operation", "api_operations", "asks_who", "every_route", "example_of"]

Operation = tuple[str, str]


def every_route(app: FastAPI) -> Iterator[tuple[str, str, Dependant | None]]:
    """The method, path and dependencies of each route."""
    _load_deferred(app)
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or {"GET"}):
            yield method, str(route.path), getattr(route, "dependant", None)


def _load_deferred(app: FastAPI) -> None:
    for route in app.routes:
        router = getattr(route, "original_router", None)
        if isinstance(router, DeferredRouter):
            router.load()


def asks_who(dependant: Dependant | None) -> bool:
    """Whether a route cannot be reached without a token, or without having signed in."""
    if dependant is None:
        return False
    return dependant.call in {actor_of, signed_in} or any(
        asks_who(each) for each in dependant.dependencies
    )


def api_operations(app: FastAPI) -> set[Operation]:
    """The method and path of each operation of the API."""
    return {(method, path) for method, path, _ in every_route(app) if path.startswith("/api/v1/")}


def example_of(installation: Installation, operation: Operation) -> object:
    """The JSON that the description gives as an example; None when the operation takes none."""
    method, path = operation
    document: dict[str, Any] = installation.vera.get("/api/openapi.json").json()
    described = document["paths"][path][method.lower()]
    content = described.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    schema = content["application/json"]["schema"]
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0]
