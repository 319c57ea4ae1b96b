"""Content negotiation of the first page: plain text or Markdown instead of HTML, by `Accept`.

Example: `curl -H 'Accept: text/plain' URL`. The text is `private`, so that shared caches store only
the HTML of these URLs: many caches ignore `Vary` except for Accept-Encoding.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["TEXT_CACHING", "TEXT_FILES", "TextNegotiation", "preferred_text", "vary_with_accept"]

_FIRST_PAGE = re.compile(r"/(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}/)?")
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)")
_LONGEST_HEADER = 1000
# File name of each text format, relative to the first page.
TEXT_FILES = {"text/plain": "index.txt", "text/markdown": "index.md"}
TEXT_CACHING = "private, max-age=10"


def vary_with_accept(vary: str) -> str:
    """Vary header of a text at the first page's URL, given the one at its own URL."""
    return f"Accept, {vary}"


def preferred_text(accept: str) -> str | None:
    """The text format preferred to HTML, None when HTML is accepted at least as well."""
    weights: dict[str, float] = {}
    for item in accept[:_LONGEST_HEADER].lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        found = next((match for each in parameters if (match := _QUALITY.fullmatch(each))), None)
        weights[kind] = float(found[1]) if found else 1.0
    best = max(TEXT_FILES, key=lambda kind: weights.get(kind, 0.0))
    # A wildcard covers text and HTML alike, so a text format named beside it is preferred.
    if weights.get(best, 0.0) > weights.get("text/html", 0.0):
        return best
    return None


class TextNegotiation:
    """ASGI middleware that serves the text at its own URL when Accept prefers it to HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = None
        if scope["type"] == "http" and _FIRST_PAGE.fullmatch(scope["path"]):
            kind = preferred_text(Headers(scope=scope).get("accept", ""))
        if kind is None:
            await self._app(scope, receive, send)
            return
        path = scope["path"] + TEXT_FILES[kind]
        text_scope = {**scope, "path": path, "raw_path": path.encode()}

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = TEXT_CACHING
                headers["Vary"] = vary_with_accept(headers.get("vary", "Accept-Encoding"))
            await send(message)

        await self._app(text_scope, receive, send_private)
