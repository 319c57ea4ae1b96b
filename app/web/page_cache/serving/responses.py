"""Starlette responses with ETag, content coding and 304, for stored pages and for other bytes."""

from starlette.requests import Request
from starlette.responses import Response

from app.web.page_cache.serving.conditional_request import asked, reply, reply_with
from app.web.page_cache.serving.content_encoding import encode_best
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.stored_page import (
    TAGGED,
    Headers,
    PageMeta,
    SharedHeaders,
    StoredPage,
    envelope,
    form_of,
)

__all__ = ["bytes_response", "page_response", "static_response"]


def page_response(request: Request, page: StoredPage, shared: SharedHeaders) -> Response:
    """Response with a stored page: the status, headers and body that the page cache sends."""
    known = asked(request.scope["headers"])
    return _response(*reply(page, shared, known, head=request.method == "HEAD"))


def static_response(request: Request, file: StaticFile) -> Response:
    """Response with a static file."""
    return _body_response(request, file.body, file.look)


def bytes_response(
    request: Request,
    body: bytes,
    *,
    content_type: str,
    cache_control: str,
    headers: tuple[tuple[str, str], ...] = (),
    status: int = 200,
) -> Response:
    """Response with these bytes in the best coding that the client accepts, or 304.

    The body is compressed for each request: it suits what is asked for rarely.
    """
    meta = PageMeta(content_type, "", cache_control, headers, status)
    return _body_response(request, body, meta)


def _body_response(request: Request, body: bytes, meta: PageMeta) -> Response:
    known = asked(request.scope["headers"])
    encoded = form_of(*encode_best(body, known.accept_encoding))
    shared = envelope(meta, TAGGED)
    head = request.method == "HEAD"
    return _response(*reply_with(encoded, meta.status, shared, known, head=head))


def _response(status: int, headers: Headers, body: bytes) -> Response:
    response = Response(body, status)
    response.raw_headers = list(headers)
    return response
