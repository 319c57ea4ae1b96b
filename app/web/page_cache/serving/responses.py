"""Starlette responses with ETag, content coding and 304, for stored pages and for other bytes."""

from starlette.requests import Request
from starlette.responses import Response

from app.web.page_cache.serving.conditional_request import parse_headers, respond, respond_with
from app.web.page_cache.serving.content_encoding import encode_best
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.stored_page import (
    VARY_ENCODING,
    EncodedBody,
    Headers,
    PageMeta,
    SharedHeaders,
    StoredPage,
    shared_headers,
)

__all__ = ["bytes_response", "page_response", "static_response"]


def page_response(request: Request, page: StoredPage, shared: SharedHeaders) -> Response:
    """Response with a stored page: the status, headers and body that the middleware sends."""
    headers = parse_headers(request.scope["headers"])
    return _response(*respond(page, shared, headers, head=request.method == "HEAD"))


def static_response(request: Request, file: StaticFile) -> Response:
    """Response with a static file."""
    return _body_response(request, file.body, file.meta)


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

    The body is compressed for each request: use it for what is requested rarely.
    """
    meta = PageMeta(content_type, "", cache_control, headers, status)
    return _body_response(request, body, meta)


def _body_response(request: Request, body: bytes, meta: PageMeta) -> Response:
    headers = parse_headers(request.scope["headers"])
    encoded = EncodedBody.of(*encode_best(body, headers.accept_encoding))
    shared = shared_headers(meta, VARY_ENCODING)
    head = request.method == "HEAD"
    return _response(*respond_with(encoded, meta.status, shared, headers, head=head))


def _response(status: int, headers: Headers, body: bytes) -> Response:
    response = Response(body, status)
    response.raw_headers = list(headers)
    return response
