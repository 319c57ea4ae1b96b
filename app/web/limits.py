"""No request body larger than the limit is read, whatever its headers say."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import FyrError
from app.web.console.refusals import is_console, refusal
from app.web.problems import RefusedError, problem

__all__ = ["BodyLimit"]


class BodyLimit:
    """Refuses with 413 as soon as a body is known to be longer than `limit` bytes."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit
        self._detail = f"The body is larger than {limit} bytes; send less."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > self._limit):
            # What is not read would be taken for the next request.
            closing = {"Connection": "close"}
            answer = await self._refused(Request(scope))
            answer.headers.update(closing)
            await answer(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    async def _refused(self, request: Request) -> Response:
        if is_console(request):
            error = FyrError(self._detail, code="body_too_large")
            return await run_in_threadpool(refusal, request, 413, error)
        return problem(413, "body_too_large", self._detail)

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                # An exception of HTTP's own: the framework turns any other into a 400.
                raise RefusedError(413, "body_too_large", self._detail)
            return message

        return counting
