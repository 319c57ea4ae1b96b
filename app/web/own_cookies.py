"""Own cookies: the application is passed Fyr's cookies and no others."""

import re
from itertools import islice

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["OwnCookies"]

# The cookies that app.web.console.kit.cookies writes, where they can begin, and as a whole. Their
# values have quotes because of `=`, and no backslashes.
_START = re.compile(rb"(?:\A|;)[ \t]*(?=(?:__Host-)?fyr)")
_OWN = re.compile(
    rb'(?:__Host-)?fyr(?:-[a-z]{1,20})?=("?)[A-Za-z0-9+/._~=-]{0,4096}\1(?=[; \t]|\Z)'
)
_MAX_COOKIES = 20


class OwnCookies:
    """Middleware that removes the cookies of other applications from requests.

    The framework parses the cookies of every request on the event loop. Python 3.11.7 takes 28
    seconds to remove the quotes of 64 kB of backslashes, in quadratic time (CVE-2024-7592), and any
    Python 10 ms for 20,000 cookies.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name == b"cookie" for name, _ in scope["headers"]):
            scope = {**scope, "headers": _without_others(scope["headers"])}
        await self._app(scope, receive, send)


def _without_others(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    rest = [each for each in headers if each[0] != b"cookie"]
    sent = b";".join(value for name, value in headers if name == b"cookie")
    found = (_OWN.match(sent, start.end()) for start in _START.finditer(sent))
    own = [cookie[0] for cookie in islice(found, _MAX_COOKIES) if cookie]
    return [*rest, (b"cookie", b"; ".join(own))] if own else rest
