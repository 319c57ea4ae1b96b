"""OpenAPI document: what FastAPI generates from the handlers, completed with what it cannot know.

For every operation: the statuses of refusals, the token, and the media type of problems.
"""

import json
from collections.abc import Iterator
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.web.problem_details import MEDIA_TYPE

__all__ = ["openapi_json"]

_PREFIX = "/api/v1/"
_ABOUT = (
    "The API of the status page for staff and their programs. Texts are a plain "
    "string in the page's default language, or an object with a text for each "
    "language tag."
)
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `title` and `detail` may change.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "code": "slug_taken",
            "detail": "The slug 'payments' is taken.",
            "errors": [
                {"field": "slug", "code": "slug_taken", "message": "The slug 'payments' is taken."}
            ],
        }
    ],
}
_DESCRIPTIONS = {
    400: "The body cannot be read: it ends early, or is not strict JSON.",
    401: "The token is missing, unknown or revoked.",
    403: "The token's role does not allow this.",
    404: "There is no such object.",
    409: (
        "It conflicts with the current state, or the Idempotency-Key was used for another request."
    ),
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something breaks a rule; `errors` says where.",
    503: "Not possible now; the request may succeed later.",
}
_WRITES = {"post", "put", "patch", "delete"}
# Every token may read, except for these paths, which need the role of an admin.
_ADMIN_PATHS = {"/api/v1/audit", "/api/v1/tokens", "/api/v1/users", "/api/v1/users/{user_id}"}


# Anybody may request the document, and generating it takes seconds.
_generating = Lock()
_documents: WeakKeyDictionary[FastAPI, bytes] = WeakKeyDictionary()


def openapi_json(app: FastAPI) -> bytes:
    """The OpenAPI 3.1 document of `/api/v1`, generated once per application."""
    with _generating:
        if app not in _documents:
            _documents[app] = json.dumps(_generate(app)).encode()
        return _documents[app]


def _generate(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=_ABOUT, routes=app.routes
    )
    document["paths"] = {
        path: operations
        for path, operations in document["paths"].items()
        if path.startswith(_PREFIX)
    }
    parts = document["components"]
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    parts["schemas"]["Problem"] = _PROBLEM
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    for path, method, operation in _operations(document):
        for status in _refusals(path, method, operation):
            operation["responses"][str(status)] = _problem(status)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _refusals(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    statuses = {401, 503}
    if method in _WRITES:
        statuses |= {400, 403, 409, 413, 422}
    if path in _ADMIN_PATHS:
        statuses.add(403)
    if "requestBody" in operation:
        statuses.add(415)
    if "{" in path or "404" in operation["responses"]:
        statuses.add(404)
    if any(each["in"] == "query" for each in operation.get("parameters", ())):
        statuses.add(422)
    else:
        # FastAPI adds 422 wherever there is a parameter; an invalid path parameter gives 404 here.
        operation["responses"].pop("422", None)
    return sorted(statuses)


def _problem(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 503:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response
