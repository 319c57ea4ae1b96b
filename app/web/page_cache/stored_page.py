"""A page as the store keeps it: every form and every header that it can be answered with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from app.web.page_cache.serving.content_encoding import (
    IDENTITY,
    at_best,
    in_every_coding,
    preferences,
)
from app.web.security import HEADERS

__all__ = [
    "NEGOTIATED",
    "TAGGED",
    "EncodedBody",
    "Headers",
    "PageMeta",
    "SharedHeaders",
    "StoredPage",
    "assembled",
    "envelope",
    "form_of",
    "matches",
    "polished",
    "stored",
]

Headers = list[tuple[bytes, bytes]]

# What answers vary by whose address names a language, and those that do not.
TAGGED = "Accept-Encoding"
NEGOTIATED = f"Accept-Language, {TAGGED}"

# What a page takes beside its bodies and their headers on the wire, as measured: objects, what the
# allocator leaves unused, and what is remembered of rendering it.
_OVERHEAD = 5500


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What pages of one kind and language have in common.

    A page is only asked for under its key when it is `addressable`; the key of another is ours.
    """

    content_type: str
    language: str
    caching: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    addressable: bool = True


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A page in one coding, with the headers that only this form has, also as on the wire.

    `brief` ones go with a 304.
    """

    body: bytes
    etag: bytes
    headers: Headers
    raw: bytes
    brief: Headers
    brief_raw: bytes


@dataclass(frozen=True, slots=True)
class SharedHeaders:
    """The headers that pages of one look share, with a body and without one (304)."""

    headers: Headers
    raw: bytes
    brief: Headers
    brief_raw: bytes


@dataclass(frozen=True, slots=True)
class StoredPage:
    """One page in one language.

    `key` is its address with the language in front. `epoch` is the store's when it was made,
    `until` when the clock alone would change it. A `kept` page is renewed by itself and served
    until then, whatever its age.
    """

    key: bytes
    look: PageMeta
    forms: Mapping[str, EncodedBody]
    tagged: SharedHeaders
    negotiated: SharedHeaders
    size: int
    epoch: int
    until: datetime
    kept: bool = False
    is_polished: bool = False

    @property
    def plain(self) -> bytes:
        """The body as it was rendered."""
        return self.forms[IDENTITY].body

    def form_for(self, accept_encoding: bytes) -> EncodedBody:
        """The form for a visitor who takes these codings."""
        forms = self.forms
        for coding in preferences(accept_encoding):
            form = forms.get(coding)
            if form is not None:
                return form
        return forms[IDENTITY]


def stored(key: bytes, body: bytes, look: PageMeta, *, until: datetime, epoch: int) -> StoredPage:
    """The page with this body, in every coding."""
    forms = {coding: form_of(coding, each) for coding, each in in_every_coding(body).items()}
    return assembled(key, look, forms, until=until, epoch=epoch)


def assembled(
    key: bytes, look: PageMeta, forms: Mapping[str, EncodedBody], *, until: datetime, epoch: int
) -> StoredPage:
    """The page of these forms."""
    tagged = envelope(look, TAGGED)
    negotiated = envelope(look, NEGOTIATED)
    return StoredPage(key, look, forms, tagged, negotiated, _size(forms), epoch, until)


def polished(page: StoredPage) -> StoredPage:
    """The page with its brotli form at its smallest, which is for quiet moments."""
    if "br" not in page.forms:
        return replace(page, is_polished=True)
    forms = {**page.forms, "br": form_of("br", at_best(page.plain))}
    return replace(page, forms=forms, size=_size(forms), is_polished=True)


def matches(known: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match header names this etag. Weak ones count: no ranges are served."""
    if known == etag:
        return True
    if known.strip() == b"*":
        return True
    return etag in known and etag in (
        each.strip().removeprefix(b"W/") for each in known.split(b",")
    )


def form_of(coding: str, body: bytes) -> EncodedBody:
    """The form in this coding."""
    etag = b'"%b"' % sha256(body).hexdigest()[:20].encode()
    brief = [(b"etag", etag)]
    headers = [(b"content-length", b"%d" % len(body)), *brief]
    if coding != IDENTITY:
        headers.append((b"content-encoding", coding.encode()))
    return EncodedBody(body, etag, headers, _raw(headers), brief, _raw(brief))


@lru_cache(maxsize=1024)
def envelope(look: PageMeta, vary: str) -> SharedHeaders:
    """The headers of pages of this look that vary by this."""
    kept = {"Cache-Control": look.caching, "Vary": vary, **dict(look.headers)}
    about = {"Content-Type": look.content_type, "Content-Language": look.language}
    headers = _wire({**about, **HEADERS, **kept})
    brief = _wire(kept)
    return SharedHeaders(headers, _raw(headers), brief, _raw(brief))


def _wire(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items() if value]


def _raw(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def _size(forms: Mapping[str, EncodedBody]) -> int:
    return _OVERHEAD + sum(len(form.body) + len(form.raw) for form in forms.values())
