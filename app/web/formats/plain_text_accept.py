"""Who asks for text gets text at the address of the first page: `curl -H 'Accept: text/plain' URL`.

The decision looks at `Accept` alone. Caches in front of us keep HTML for these addresses and never
see the text: it is `private`, because many caches heed no `Vary` but that on encodings.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["TEXT_CACHING", "TEXT_FILES", "TextNegotiation", "preferred_text", "vary_with_accept"]

_FIRST_PAGE = re.compile(r"/(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}/)?")
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)")
_LONGEST_HEADER = 1000
# Where the text of each kind stands beside the first page.
TEXT_FILES = {"text/plain": "index.txt", "text/markdown": "index.md"}
TEXT_CACHING = "private, max-age=10"


def vary_with_accept(vary: str) -> str:
    """The Vary header of a text at the first page's address, from that at its own."""
    return f"Accept, {vary}"


def preferred_text(accept: str) -> str | None:
    """The kind of text that is asked for before HTML, None when HTML will do as well."""
    weights: dict[str, float] = {}
    for item in accept[:_LONGEST_HEADER].lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        found = next((match for each in parameters if (match := _QUALITY.fullmatch(each))), None)
        weights[kind] = float(found[1]) if found else 1.0
    best = max(TEXT_FILES, key=lambda kind: weights.get(kind, 0.0))
    # A wildcard takes text as well as HTML, so a kind that is named beside one comes first.
    if weights.get(best, 0.0) > weights.get("text/html", 0.0):
        return best
    return None


class TextNegotiation:
    """Sends requests for the first page that want text to where it stands as text."""

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
        there = {**scope, "path": path, "raw_path": path.encode()}

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = TEXT_CACHING
                headers["Vary"] = vary_with_accept(headers.get("vary", "Accept-Encoding"))
            await send(message)

        await self._app(there, receive, send_private)
