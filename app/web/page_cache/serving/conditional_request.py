"""What counts of a visitor's request: the headers and the query that choose among stored forms.

Everything else a visitor sends changes nothing, so it cannot change what another one gets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from app.web.page_cache.stored_page import (
    EncodedBody,
    Headers,
    SharedHeaders,
    StoredPage,
    matches,
)

__all__ = ["Asked", "asked", "raw_reply", "reply", "reply_with", "wishes_in"]

# A browser's own lists are much shorter; beyond this a query wishes for nothing.
_LONGEST_QUERY = 2000
# No browser names these when it opens a page.
_TEXT = (b"text/plain", b"text/markdown")


@dataclass(slots=True)
class Asked:
    """The headers that matter; `wants_text` sends the request on to who answers in plain text."""

    accept_encoding: bytes = b""
    accept_language: bytes = b""
    if_none_match: bytes = b""
    wants_text: bool = False


def asked(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """The headers that matter; what came in several lines is one list."""
    encoding = language = known = b""
    wants_text = False
    for name, value in headers:
        if name == b"accept-encoding":
            encoding = encoding + b"," + value if encoding else value
        elif name == b"accept-language":
            language = language + b"," + value if language else value
        elif name == b"if-none-match":
            known = known + b"," + value if known else value
        elif name == b"accept":
            wants_text = wants_text or any(kind in value.lower() for kind in _TEXT)
    return Asked(encoding, language, known, wants_text)


def wishes_in(query: bytes) -> tuple[str, ...]:
    """The languages wished for by `?locale=` and, after them, by `?lang=`."""
    if not query or len(query) > _LONGEST_QUERY:
        return ()
    if b"lang" not in query and b"locale" not in query and b"%" not in query:
        return ()
    found = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return tuple(value for wanted in ("locale", "lang") for name, value in found if name == wanted)


def reply(
    page: StoredPage, envelope: SharedHeaders, request: Asked, *, head: bool
) -> tuple[int, Headers, bytes]:
    """Status, headers and body that answer this request with a stored page."""
    form = page.form_for(request.accept_encoding)
    return reply_with(form, page.look.status, envelope, request, head=head)


def reply_with(
    form: EncodedBody, status: int, envelope: SharedHeaders, request: Asked, *, head: bool
) -> tuple[int, Headers, bytes]:
    """Status, headers and body that answer this request with an encoded body, or with 304."""
    if _is_known(form, status, request):
        return 304, form.brief + envelope.brief, b""
    return status, form.headers + envelope.headers, b"" if head else form.body


def raw_reply(
    page: StoredPage, envelope: SharedHeaders, request: Asked, *, head: bool
) -> tuple[int, tuple[bytes, bytes, bytes]]:
    """Status and, as bytes of the wire, the body's headers, the shared headers and the body."""
    form = page.form_for(request.accept_encoding)
    status = page.look.status
    if _is_known(form, status, request):
        return 304, (form.brief_raw, envelope.brief_raw, b"")
    return status, (form.raw, envelope.raw, b"" if head else form.body)


def _is_known(form: EncodedBody, status: int, request: Asked) -> bool:
    """Whether the client has this body already, so that 304 is enough (RFC 9110, 13.1.2)."""
    known = request.if_none_match
    return bool(known) and status == 200 and matches(known, form.etag)
