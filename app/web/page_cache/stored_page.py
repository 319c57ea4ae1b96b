"""Stored page: a rendered page in every content coding, with every header it is sent with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from app.web.page_cache.serving.content_encoding import (
    IDENTITY,
    accepted_codings,
    compress_smallest,
    encode_all,
)
from app.web.security import HEADERS

__all__ = [
    "VARY_ENCODING",
    "VARY_LANGUAGE",
    "EncodedBody",
    "Headers",
    "PageMeta",
    "SharedHeaders",
    "StoredPage",
    "assemble_page",
    "encode_page",
    "etag_matches",
    "recompress",
    "shared_headers",
]

Headers = list[tuple[bytes, bytes]]

# The Vary header of pages whose URL names the language, and of pages whose language is negotiated.
VARY_ENCODING = "Accept-Encoding"
VARY_LANGUAGE = f"Accept-Language, {VARY_ENCODING}"

# Bytes that a page takes besides its bodies and their raw headers, as measured: Python objects,
# unused space of the allocator, and memoised parts of its rendering.
_OVERHEAD = 5500


@dataclass(frozen=True, slots=True)
class PageMeta:
    """Status and headers that pages of one surface and language share.

    The key of a page is a URL path that clients can request only when the page is `addressable`.
    With `queries`, a query in the URL can ask for another page.
    """

    content_type: str
    language: str
    cache_control: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    addressable: bool = True
    queries: bool = False


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body in one content coding with the headers that differ between codings.

    Headers are kept as a list, and as bytes for a server that writes them itself. A 304 carries
    `not_modified_headers` instead.
    """

    body: bytes
    etag: bytes
    headers: Headers
    raw_headers: bytes
    not_modified_headers: Headers
    not_modified_raw: bytes

    @classmethod
    def of(cls, coding: str, body: bytes) -> "EncodedBody":
        """A body that is in this coding already, with its headers."""
        etag = b'"%b"' % sha256(body).hexdigest()[:20].encode()
        not_modified = [(b"etag", etag)]
        headers = [(b"content-length", b"%d" % len(body)), *not_modified]
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding.encode()))
        return cls(body, etag, headers, _raw(headers), not_modified, _raw(not_modified))


@dataclass(frozen=True, slots=True)
class SharedHeaders:
    """Headers that are equal for all pages with one PageMeta and one Vary header.

    Headers are kept as a list, and as bytes for a server that writes them itself. A 304 carries
    `not_modified_headers` instead.
    """

    headers: Headers
    raw_headers: bytes
    not_modified_headers: Headers
    not_modified_raw: bytes


@dataclass(frozen=True, slots=True)
class StoredPage:
    """One page in one language.

    `key` is the language prefix and the URL path. `generation` is the store's generation at the
    time of reading the database; `expires_at` is when the page changes although no data does. The
    cache refresher renders a `pinned` page again, and it is served until then, however old.
    `revision` is that of the data; -1 for a page that is served although it may be outdated.
    """

    key: bytes
    meta: PageMeta
    encodings: Mapping[str, EncodedBody]
    prefixed_headers: SharedHeaders
    negotiated_headers: SharedHeaders
    size: int
    generation: int
    expires_at: datetime
    pinned: bool = False
    recompressed: bool = False
    revision: int = -1

    @property
    def body(self) -> bytes:
        """The body as it was rendered, in no coding."""
        return self.encodings[IDENTITY].body

    def encoding_for(self, accept_encoding: bytes) -> EncodedBody:
        """The body in the best coding that this Accept-Encoding header allows."""
        encodings = self.encodings
        for coding in accepted_codings(accept_encoding):
            encoded = encodings.get(coding)
            if encoded is not None:
                return encoded
        return encodings[IDENTITY]


def encode_page(
    key: bytes, body: bytes, meta: PageMeta, *, expires_at: datetime, generation: int
) -> StoredPage:
    """The page with this body in every content coding."""
    encodings = {coding: EncodedBody.of(coding, each) for coding, each in encode_all(body).items()}
    return assemble_page(key, meta, encodings, expires_at=expires_at, generation=generation)


def assemble_page(
    key: bytes,
    meta: PageMeta,
    encodings: Mapping[str, EncodedBody],
    *,
    expires_at: datetime,
    generation: int,
) -> StoredPage:
    """The page with these encoded bodies."""
    prefixed = shared_headers(meta, VARY_ENCODING)
    negotiated = shared_headers(meta, VARY_LANGUAGE)
    size = _size(encodings)
    return StoredPage(key, meta, encodings, prefixed, negotiated, size, generation, expires_at)


def recompress(page: StoredPage) -> StoredPage:
    """The page with its brotli body as small as possible, which takes 100 times as long."""
    if "br" not in page.encodings:
        return replace(page, recompressed=True)
    smallest = EncodedBody.of("br", compress_smallest(page.body))
    encodings = {**page.encodings, "br": smallest}
    return replace(page, encodings=encodings, size=_size(encodings), recompressed=True)


def etag_matches(if_none_match: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match header lists this ETag, by weak comparison (RFC 9110, 13.1.2)."""
    if if_none_match == etag:
        return True
    if if_none_match.strip() == b"*":
        return True
    return etag in if_none_match and etag in (
        each.strip().removeprefix(b"W/") for each in if_none_match.split(b",")
    )


@lru_cache(maxsize=1024)
def shared_headers(meta: PageMeta, vary: str) -> SharedHeaders:
    """The headers of all pages with this meta and this Vary header."""
    always = {"Cache-Control": meta.cache_control, "Vary": vary, **dict(meta.headers)}
    of_body = {"Content-Type": meta.content_type, "Content-Language": meta.language}
    headers = _encode({**of_body, **HEADERS, **always})
    not_modified = _encode(always)
    return SharedHeaders(headers, _raw(headers), not_modified, _raw(not_modified))


def _encode(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items() if value]


def _raw(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def _size(encodings: Mapping[str, EncodedBody]) -> int:
    return _OVERHEAD + sum(len(each.body) + len(each.raw_headers) for each in encodings.values())
