"""No request body larger than the limit is read, whatever its headers say."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import FyrError
from app.web.console.kit.error_pages import is_console, refusal
from app.web.problems import RefusedError, problem

__all__ = ["BodyLimit"]

# Where a file is uploaded.
_UPLOADS = frozenset({"/api/v1/page/logo", "/console/page/logo"})


class BodyLimit:
    """Refuses with 413 as soon as a body is known to be longer than `limit` bytes.

    Where a file is uploaded it may have as many as `uploads`.
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
            # What is not read would be taken for the next request.
            closing = {"Connection": "close"}
            answer = await _refused(Request(scope), limit)
            answer.headers.update(closing)
            await answer(scope, receive, send)
            return
        await self._app(scope, _counting(receive, limit), send)


async def _refused(request: Request, limit: int) -> Response:
    if is_console(request):
        error = FyrError(_detail(limit), code="body_too_large")
        return await run_in_threadpool(refusal, request, 413, error)
    return problem(413, "body_too_large", _detail(limit))


def _counting(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            # An exception of HTTP's own: the framework turns any other into a 400.
            raise RefusedError(413, "body_too_large", _detail(limit))
        return message

    return counting


def _detail(limit: int) -> str:
    return f"The body is larger than {limit} bytes; send less."
