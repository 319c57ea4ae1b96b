"""Request ids: one id for a request, in its response and in each log line that it causes."""

import logging
import re
import secrets
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADER", "RequestIdFilter", "RequestIds"]

HEADER = "X-Request-ID"
# What proxies send: hexadecimal digits, UUIDs, trace ids such as 1-67891233-abcdef. Nothing that
# could end a field of a log line.
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:=+/@-]{8,128}")
_BYTES = 16

_present: ContextVar[str] = ContextVar("request_id", default="")


class RequestIds:
    """Middleware that gives each request an id: that of the proxy if it is well-formed, or its own.

    A response that shared caches may store has no id, because they send it to other clients too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(_BYTES)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not _is_shared(headers.get("Cache-Control", "")):
                    headers[HEADER] = request_id
            await send(message)

        token = _present.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _present.reset(token)


def _is_shared(cache_control: str) -> bool:
    return "max-age" in cache_control and "private" not in cache_control


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to the records of a request; those of other work have none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True: no record is left out."""
        if request_id := _present.get():
            record.request_id = request_id
        return True
