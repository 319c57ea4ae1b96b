"""Page cache middleware: answers requests for stored pages; the application gets all others."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.page_cache.serving.admission import Admission
from app.web.page_cache.serving.answer_times import AnswerTimes
from app.web.page_cache.serving.conditional_request import (
    languages_in_query,
    parse_headers,
    respond,
)
from app.web.page_cache.serving.request_memo import RequestMemo
from app.web.page_cache.state import CacheState
from app.web.page_cache.static_files import asset_pages
from app.web.page_cache.stored_page import Headers, SharedHeaders, StoredPage
from app.web.page_cache.surface import LanguageRequest, known_variant
from app.web.requests.host_header import is_valid_host
from app.web.security import STRICT_TRANSPORT

__all__ = ["PageCacheMiddleware"]


_CONNECTION_CLOSE = (b"connection", b"close")
# A load balancer that waits long for these takes the process for dead.
_HEALTH = frozenset({"/healthz", "/readyz"})


class PageCacheMiddleware:
    """ASGI middleware that answers GET and HEAD for stored pages and asset files.

    While `draining` is true, each response closes its connection: the process is about to end.
    With `https`, the pages have Strict-Transport-Security.
    """

    def __init__(self, app: ASGIApp, cache: CacheState, *, https: bool = False) -> None:
        self.app = app
        self.cache = cache
        self.strict_transport = _strict_transport() if https else []
        self.draining = False
        self._admission = Admission()
        self._assets = asset_pages()
        self.misses = self.sent_bytes = 0
        self.times = AnswerTimes()
        # For servers that see the bytes of a request.
        self.memo = RequestMemo()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await self._pass_on(scope, receive, send)
            return
        began = perf_counter()
        request = parse_headers(scope["headers"])
        found = None
        # The application refuses an invalid host.
        if not request.wants_text and is_valid_host(request.host, scope["http_version"]):
            found = self.find(scope["raw_path"], scope["query_string"], request.accept_language)
        if found is None:
            self.misses += 1
            await self._pass_on(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        if not is_head:
            self.cache.count_view(found[0], request)
        status, headers, body = respond(*found, request, head=is_head)
        self.sent_bytes += len(body)
        if status != 304:
            headers = [*headers, *self.strict_transport]
        if self.draining:
            headers = [*headers, _CONNECTION_CLOSE]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self.times.count(perf_counter() - began)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] not in _HEALTH:
            await self._admission.wait()
        await self.app(scope, receive, self._closing(send))

    @property
    def hits(self) -> int:
        """The number of requests that were answered from the page cache."""
        return self.times.number

    def _closing(self, send: Send) -> Send:
        """`send` with `Connection: close` in each response while draining."""

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self.draining:
                message = {**message, "headers": [*message["headers"], _CONNECTION_CLOSE]}
            await send(message)

        return send_closing

    def find(
        self, path: bytes, query: bytes, accept_language: bytes
    ) -> tuple[StoredPage, SharedHeaders] | None:
        """The stored page that answers this request, with its shared headers; None for a miss."""
        cache = self.cache
        if not cache.serving or cache.facts is None:
            return self._find_asset(path)
        page = cache.store.get_fresh(path)
        if page is not None and page.meta.addressable:
            if query and page.meta.queries:
                return None
            return page, page.prefixed_headers
        languages = LanguageRequest(
            None, languages_in_query(query), accept_language.decode("latin-1")
        )
        machine_format = path in cache.machine_paths
        variant = known_variant(languages, cache.facts, machine_format=machine_format)
        page = None if variant is None else cache.store.get_fresh(variant.key + path)
        if page is None:
            return self._find_asset(path)
        if query and page.meta.queries:
            return None
        return page, page.negotiated_headers

    def _find_asset(self, path: bytes) -> tuple[StoredPage, SharedHeaders] | None:
        page = self._assets.get(path)
        if page is None:
            return None
        return page, page.prefixed_headers


def _strict_transport() -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in STRICT_TRANSPORT.items()]
