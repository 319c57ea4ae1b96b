"""Host check: the middleware that refuses a request without exactly one valid Host header."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.problems import problem
from app.web.requests.host_header import is_valid_host, sent_host

__all__ = ["HostCheck"]


class HostCheck:
    """Middleware that answers a request without exactly one valid Host header with 400."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_valid_host(
            sent_host(scope["headers"]), scope["http_version"]
        ):
            response = problem(
                400, "invalid_host", "Send exactly one Host header, with a name and a port only."
            )
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)
