"""Limit on request bodies, whatever their headers declare, and the end of unread ones."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import FyrError
from app.web.dependencies import app_state
from app.web.problems import RefusedError, problem
from app.web.requests.request_body import SCOPE_KEY, BodyAllowance

__all__ = ["BodyLimit"]

# The paths that take pictures, and those that take histories.
_UPLOADS = frozenset({"/api/v1/page/logo", "/console/page/logo"})
_IMPORTS = frozenset({"/api/v1/imports/files", "/console/page/import"})
# A link to unsubscribe works whatever comes with it: what is too long is not read.
_NEEDS_NO_BODY = "/unsubscribe/"
# How much of a body that no handler has read is read and thrown away after the response, and for
# how long: a little more than a picture may have. A connection that is closed with unread bytes is
# reset, and the client, or a proxy that still sends, may not get to see the response.
_DRAINED_BYTES = 4 * 2**20
_DRAINING_SECONDS = 2.0
_CLOSE = (b"connection", b"close")


class BodyLimit:
    """Middleware that refuses a body with 413 once more bytes are known of it than are accepted.

    `anonymous` bytes are accepted before the sender is known, then `limit`, `uploads` on paths that
    take pictures, or `imports` on those that take histories to import. A response that leaves a
    part of the body unread closes the connection.
    """

    def __init__(
        self, app: ASGIApp, *, anonymous: int, limit: int, uploads: int, imports: int
    ) -> None:
        self._app = app
        self._anonymous = anonymous
        self._limit = limit
        self._limits = {**dict.fromkeys(_UPLOADS, uploads), **dict.fromkeys(_IMPORTS, imports)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        full = self._limits.get(scope["path"], self._limit)
        allowance = BodyAllowance(self._anonymous, full)
        body = _Body(scope, receive, send, allowance)
        if body.declared > full and not scope["path"].startswith(_NEEDS_NO_BODY):
            answer = await _refused(Request(scope), full)
            await answer(scope, receive, body.send)
            return
        await self._app({**scope, SCOPE_KEY: allowance}, body.receive, body.send)


class _Body:
    """The body of one request: counts what is received, and ends what is left unread."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, allowance: BodyAllowance
    ) -> None:
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"")
        # A number of so many digits is refused in any case, and int() refuses thousands.
        self.declared = int(declared[:18]) if declared.isdigit() else 0
        self._is_awaited = b"expect" in headers
        self._is_complete = not self.declared and b"transfer-encoding" not in headers
        self._receive = receive
        self._send = send
        self._allowance = allowance
        self._received = 0
        self._rest: Message | None = None

    async def receive(self) -> Message:
        """The next part of the body, at most up to the limit.

        Raises RefusedError when the limit is reached and more is declared or has been received.
        """
        limit = self._allowance.limit
        # An HTTPException: FastAPI turns any other exception of a body into a 400.
        if self.declared > limit and self._received >= limit:
            raise RefusedError(413, "body_too_large", _detail(limit))
        message = self._rest or await self._receive()
        self._rest = None
        part = message.get("body", b"")
        room = limit - self._received
        if len(part) > room:
            if not room:
                raise RefusedError(413, "body_too_large", _detail(limit))
            self._rest = {**message, "body": part[room:]}
            message = {**message, "body": part[:room], "more_body": True}
        self._received += len(message.get("body", b""))
        if not message.get("more_body"):
            self._is_complete = True
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the response; without keep-alive when the body was not read to its end."""
        if self._is_complete:
            await self._send(message)
        elif message["type"] == "http.response.start":
            headers = [each for each in message["headers"] if each[0].lower() != b"connection"]
            await self._send({**message, "headers": [*headers, _CLOSE]})
        elif message.get("more_body") or self._is_awaited:
            await self._send(message)
        else:
            # The client has its response; it ends when the rest of the request was read.
            await self._send({**message, "more_body": True})
            await self._drain()
            await self._send({"type": "http.response.body", "body": b""})

    async def _drain(self) -> None:
        drained = 0
        try:
            async with asyncio.timeout(_DRAINING_SECONDS):
                while drained < _DRAINED_BYTES:
                    message = await self._receive()
                    drained += len(message.get("body", b""))
                    if not message.get("more_body"):
                        return
        except TimeoutError:
            return


async def _refused(request: Request, limit: int) -> Response:
    pages = app_state(request).console_errors
    if pages.handles(request):
        error = FyrError(_detail(limit), code="body_too_large")
        return await run_in_threadpool(pages.render, request, 413, error)
    return problem(413, "body_too_large", _detail(limit))


def _detail(limit: int) -> str:
    return f"The body is larger than {limit} bytes; send less."
