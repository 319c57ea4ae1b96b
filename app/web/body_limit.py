"""Limit on request bodies, whatever their headers declare."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import FyrError
from app.web.dependencies import app_state
from app.web.problems import RefusedError, problem

__all__ = ["BodyLimit"]

# The paths that take file uploads.
_UPLOADS = frozenset({"/api/v1/page/logo", "/console/page/logo"})


class BodyLimit:
    """Middleware that refuses a body with 413 once more than `limit` bytes are known of it.

    Paths that take file uploads have the limit `uploads` instead.
    """

    def __init__(self, app: ASGIApp, *, limit: int, uploads: int) -> None:
        self._app = app
        self._limit = limit
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads if scope["path"] in _UPLOADS else self._limit
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
            # The unread body would be parsed as the next request of a kept connection.
            closing = {"Connection": "close"}
            answer = await _refused(Request(scope), limit)
            answer.headers.update(closing)
            await answer(scope, receive, send)
            return
        await self._app(scope, _counting(receive, limit), send)


async def _refused(request: Request, limit: int) -> Response:
    pages = app_state(request).console_errors
    if pages.handles(request):
        error = FyrError(_detail(limit), code="body_too_large")
        return await run_in_threadpool(pages.render, request, 413, error)
    return problem(413, "body_too_large", _detail(limit))


def _counting(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            # An HTTPException: FastAPI turns any other exception of a body into a 400.
            raise RefusedError(413, "body_too_large", _detail(limit))
        return message

    return counting


def _detail(limit: int) -> str:
    return f"The body is larger than {limit} bytes; send less."
