"""Conditional requests: the request headers that select a stored page's body, and the answer.

No other part of a request has an influence, so no client can change what another client gets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from app.web.page_cache.stored_page import (
    EncodedBody,
    Headers,
    SharedHeaders,
    StoredPage,
    etag_matches,
)

__all__ = [
    "RequestHeaders",
    "languages_in_query",
    "parse_headers",
    "respond",
    "respond_raw",
    "respond_with",
]

# Longer queries are not searched for languages.
_MAX_QUERY_LENGTH = 2000
# No browser names these when it opens a page.
_TEXT_TYPES = (b"text/plain", b"text/markdown")


@dataclass(slots=True)
class RequestHeaders:
    """The header values that select a page and its body.

    With `wants_text` the request is for a text format and is not answered from the page cache.
    `host` is empty when there are several Host headers, None when there is none. `agent` and
    `fetch_mode` (Sec-Fetch-Mode) distinguish programs from readers.
    """

    accept_encoding: bytes = b""
    accept_language: bytes = b""
    if_none_match: bytes = b""
    wants_text: bool = False
    host: bytes | None = None
    agent: bytes = b""
    fetch_mode: bytes = b""


def parse_headers(headers: Iterable[tuple[bytes, bytes]]) -> RequestHeaders:
    """The header values that matter; several lines of one header are joined into one list."""
    encoding = language = if_none_match = b""
    single = {b"user-agent": b"", b"sec-fetch-mode": b""}
    wants_text = False
    host: bytes | None = None
    for name, value in headers:
        if name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"accept-language":
            language = language + b"," + value if language else value
        elif name == b"if-none-match":
            if_none_match = if_none_match + b"," + value if if_none_match else value
        elif name == b"accept":
            wants_text = wants_text or any(kind in value.lower() for kind in _TEXT_TYPES)
        elif name == b"host":
            host = value if host is None else b""
        elif name in single:
            single[name] = value
    agent, fetch_mode = single.values()
    return RequestHeaders(encoding, language, if_none_match, wants_text, host, agent, fetch_mode)


def languages_in_query(query: bytes) -> tuple[str, ...]:
    """The values of `locale` in a query string and, after them, those of `lang`."""
    if not query or len(query) > _MAX_QUERY_LENGTH:
        return ()
    if b"lang" not in query and b"locale" not in query and b"%" not in query:
        return ()
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return tuple(value for wanted in ("locale", "lang") for name, value in pairs if name == wanted)


def respond(
    page: StoredPage, shared: SharedHeaders, request: RequestHeaders, *, head: bool
) -> tuple[int, Headers, bytes]:
    """Status, headers and body that answer this request with a stored page."""
    encoded = page.encoding_for(request.accept_encoding)
    return respond_with(encoded, page.meta.status, shared, request, head=head)


def respond_with(
    encoded: EncodedBody, status: int, shared: SharedHeaders, request: RequestHeaders, *, head: bool
) -> tuple[int, Headers, bytes]:
    """Status, headers and body that answer this request with an encoded body, or with 304."""
    if _not_modified(encoded, status, request):
        return 304, encoded.not_modified_headers + shared.not_modified_headers, b""
    return status, encoded.headers + shared.headers, b"" if head else encoded.body


def respond_raw(
    page: StoredPage, shared: SharedHeaders, request: RequestHeaders, *, head: bool
) -> tuple[int, tuple[bytes, bytes, bytes]]:
    """What `respond` returns as bytes to write: status, own headers, shared headers and body."""
    encoded = page.encoding_for(request.accept_encoding)
    status = page.meta.status
    if _not_modified(encoded, status, request):
        return 304, (encoded.not_modified_raw, shared.not_modified_raw, b"")
    return status, (encoded.raw_headers, shared.raw_headers, b"" if head else encoded.body)


def _not_modified(encoded: EncodedBody, status: int, request: RequestHeaders) -> bool:
    if_none_match = request.if_none_match
    return bool(if_none_match) and status == 200 and etag_matches(if_none_match, encoded.etag)
