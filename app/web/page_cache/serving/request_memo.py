"""Request memo: parsed requests for stored pages by the exact bytes of their heads.

A client that repeats a request sends equal bytes: monitors, proxies, feed readers, pages that poll.
Parsing these bytes again and finding the page costs more processor time than reading them from the
socket and writing the answer (measurements: docs/performance.md and ADR 33).

The key is every byte of the head, so a client gets what the parser made of exactly its own bytes,
and no client can change the answer to another one. A prepared answer is used only as long as the
page cache is in the state that it was prepared from.
"""

from dataclasses import dataclass

from app.domain.page.pages import PageFacts
from app.web.page_cache.reader_languages import View
from app.web.page_cache.serving.conditional_request import RequestHeaders
from app.web.page_cache.state import CacheState

__all__ = ["MAX_HEAD_BYTES", "MemoisedRequest", "PreparedAnswer", "RequestMemo"]

# Browsers send heads of 500 to 1,500 bytes; larger ones have long cookies, which differ.
MAX_HEAD_BYTES = 2048
# The limits of each of the two halves of a memo.
_HALF_REQUESTS, _HALF_BYTES = 1000, 4 * 2**20
# What a memoised request takes besides its head and the body of its answer, as measured.
_OVERHEAD_BYTES = 3000
# Larger bodies take so long to send that parsing does not matter.
_MAX_BODY_BYTES = 2**18
_MAX_SEEN = 4096


@dataclass(slots=True)
class PreparedAnswer:
    """An answer as bytes, and the state of the page cache that it was prepared from.

    `key` is that of the stored page, None for an asset file. `view` is what a GET of the page
    counts for the languages of readers. `head` is complete for one value of uvicorn's default
    headers, which change with the time of day.
    """

    status_line: bytes
    fields: bytes
    body: bytes
    key: bytes | None
    view: View | None
    cache: CacheState
    facts: PageFacts | None
    is_serving: bool
    store_version: int
    default_headers: object = None
    head: bytes = b""

    def is_current(self, cache: CacheState) -> bool:
        """Whether the cache would give this answer now; counts as a request for the page."""
        store = cache.store
        return (
            self.store_version == store.version
            and self.facts is cache.facts
            and self.cache is cache
            and self.is_serving == cache.serving
            and (self.key is None or store.get_fresh(self.key) is not None)
        )


@dataclass(slots=True)
class MemoisedRequest:
    """A parsed GET or HEAD request for a stored page, with the latest answer to it.

    With `closes` the client wants the connection to be closed after the answer. `size` is what it
    takes in bytes, roughly.
    """

    path: bytes
    query: bytes
    headers: RequestHeaders
    is_head: bool
    closes: bool
    answer: PreparedAnswer | None = None
    size: int = 0


class RequestMemo:
    """Memoised requests by the bytes of their heads, bounded in number and bytes.

    A request is added when it is offered for the second time, so heads that never repeat cost
    little. The memo has two halves: when the younger one is full, the older one is dropped. Call it
    from the event loop.
    """

    def __init__(self) -> None:
        self._young: dict[bytes, MemoisedRequest] = {}
        self._old: dict[bytes, MemoisedRequest] = {}
        self._young_bytes = 0
        # Hashes of heads that were offered once.
        self._seen: set[int] = set()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, head: bytes) -> MemoisedRequest | None:
        """The request with this head, if it is memoised."""
        # A larger packet is not even hashed.
        if len(head) > MAX_HEAD_BYTES:
            return None
        found = self._young.get(head)
        if found is None and (found := self._old.pop(head, None)) is not None:
            self._add(head, found)
        return found

    def offer(self, head: bytes, request: MemoisedRequest, body_bytes: int) -> None:
        """Memoise a request that was answered with so many bytes, when it is offered again."""
        if len(head) > MAX_HEAD_BYTES or body_bytes > _MAX_BODY_BYTES:
            return
        digest = hash(head)
        if digest in self._seen:
            self._seen.discard(digest)
            request.size = _OVERHEAD_BYTES + len(head) + body_bytes
            self._add(head, request)
            return
        if len(self._seen) >= _MAX_SEEN:
            self._seen.clear()
        self._seen.add(digest)

    def _add(self, head: bytes, request: MemoisedRequest) -> None:
        young = self._young
        if len(young) >= _HALF_REQUESTS or self._young_bytes + request.size > _HALF_BYTES:
            self._old, self._young, self._young_bytes = young, {}, 0
        self._young[head] = request
        self._young_bytes += request.size
