"""Answers from memory before the framework hears of a request. The rest falls through."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.page_cache.serving.conditional_request import asked, reply, wishes_in
from app.web.page_cache.state import CacheState
from app.web.page_cache.static_files import asset_pages
from app.web.page_cache.stored_page import SharedHeaders, StoredPage
from app.web.page_cache.surface import LanguageRequest, variant_of

__all__ = ["Front"]


_CLOSING = (b"connection", b"close")


class Front:
    """The function a server calls: stored pages from here, everything else from `app`."""

    def __init__(self, app: ASGIApp, cache: CacheState) -> None:
        self.app = app
        self.cache = cache
        # Whether each connection is to be closed after its answer: this process is about to end.
        self.leaving = False
        self._assets = asset_pages()
        self.hits = self.misses = self.sent_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, self._last(send))
            return
        request = asked(scope["headers"])
        found = None
        if not request.wants_text:
            found = self.find(scope["raw_path"], scope["query_string"], request.accept_language)
        if found is None:
            self.misses += 1
            await self.app(scope, receive, self._last(send))
            return
        status, headers, body = reply(*found, request, head=scope["method"] == "HEAD")
        self.sent_bytes += len(body)
        if self.leaving:
            headers = [*headers, _CLOSING]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _last(self, send: Send) -> Send:
        """`send`, saying while we are leaving that this connection has had its last answer."""

        async def saying(message: Message) -> None:
            if message["type"] == "http.response.start" and self.leaving:
                message = {**message, "headers": [*message["headers"], _CLOSING]}
            await send(message)

        return saying

    def find(
        self, path: bytes, query: bytes, accept_language: bytes
    ) -> tuple[StoredPage, SharedHeaders] | None:
        """The page at this address if it can be served as it is, in its envelope."""
        cache = self.cache
        if not cache.watched or cache.facts is None:
            return self._asset(path)
        page = cache.store.fresh(path)
        if page is not None and page.look.addressable:
            self.hits += 1
            return page, page.tagged
        wishes = LanguageRequest(None, wishes_in(query), accept_language.decode("latin-1"))
        variant = variant_of(wishes, cache.facts, machine_format=path in cache.wire)
        page = cache.store.fresh(variant.key + path)
        if page is None:
            return self._asset(path)
        self.hits += 1
        return page, page.negotiated

    def _asset(self, path: bytes) -> tuple[StoredPage, SharedHeaders] | None:
        page = self._assets.get(path)
        if page is None:
            return None
        self.hits += 1
        return page, page.tagged
