"""Answers from memory before the framework hears of a request. The rest falls through."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.front.asking import asked, reply, wishes_in
from app.web.front.library import Library
from app.web.front.stored import Envelope, StoredPage
from app.web.front.surface import Wishes, variant_of

__all__ = ["Front"]


class Front:
    """The function a server calls: stored pages from here, everything else from `app`."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app = app
        self.library = library
        self._store = library.store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        request = asked(scope["headers"])
        found = None
        if not request.wants_text:
            found = self.find(scope["raw_path"], scope["query_string"], request.accept_language)
        if found is None:
            await self.app(scope, receive, send)
            return
        status, headers, body = reply(*found, request, head=scope["method"] == "HEAD")
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def find(
        self, path: bytes, query: bytes, accept_language: bytes
    ) -> tuple[StoredPage, Envelope] | None:
        """The page at this address if it can be served as it is, in its envelope."""
        library = self.library
        if not library.watched or library.facts is None:
            return None
        page = self._store.fresh(path)
        if page is not None and page.look.addressable:
            return page, page.tagged
        wishes = Wishes(None, wishes_in(query), accept_language.decode("latin-1"))
        variant = variant_of(wishes, library.facts, wire=path in library.wire)
        page = self._store.fresh(variant.key + path)
        return None if page is None else (page, page.negotiated)
