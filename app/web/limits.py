"""No request body larger than the limit is read, whatever its headers say."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit"]

_TOO_LARGE = 413


class _TooLargeError(Exception):
    """More has arrived than is taken."""


class BodyLimit:
    """Answers 413 (problem+json) as soon as a body is known to be longer than `limit` bytes."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            await self._refuse(send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, self._counting(receive), noting)
        except _TooLargeError:
            if not started:
                await self._refuse(send)

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise _TooLargeError
            return message

        return counting

    async def _refuse(self, send: Send) -> None:
        problem = {
            "type": "about:blank",
            "title": "Content too large",
            "status": _TOO_LARGE,
            "code": "body_too_large",
            "detail": f"The body is larger than {self._limit} bytes; send less.",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": _TOO_LARGE, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})
