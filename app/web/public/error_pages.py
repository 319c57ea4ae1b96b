"""HTML error pages: 404, and 503 without database and page data."""

from fastapi import Request, Response

from app.i18n.languages import LANGUAGES, SOURCE
from app.i18n.negotiate import negotiate
from app.rendering import pages
from app.web.dependencies import app_state
from app.web.page_cache.endpoints import requested_variant
from app.web.page_cache.serving.conditional_request import languages_in_query, parse_headers
from app.web.page_cache.serving.responses import page_response
from app.web.public.surfaces import NOT_FOUND

__all__ = ["not_found_page", "unavailable_page"]


def not_found_page(request: Request) -> Response:
    """The 404 page in the visitor's language.

    Raises UnavailableError when it is neither cached nor can be rendered now.
    """
    renderer = app_state(request).renderer
    first, _, _ = request.url.path.lstrip("/").partition("/")
    variant = requested_variant(request, renderer.page_facts_blocking(), first or None)
    page = renderer.page_blocking(NOT_FOUND, {}, variant)
    return page_response(request, page, page.negotiated_headers)


def unavailable_page(request: Request) -> Response:
    """The 503 page in the visitor's language."""
    facts = app_state(request).renderer.facts
    languages, default = (facts.languages, facts.default_language) if facts else (LANGUAGES, SOURCE)
    first, _, _ = request.url.path.lstrip("/").partition("/")
    known = parse_headers(request.scope["headers"])
    accept = known.accept_language.decode("latin-1")
    wished = languages_in_query(request.scope["query_string"])
    language = negotiate(first, wished, accept, languages=languages, default=default)
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(pages.unavailable(language), 503, headers, "text/html; charset=utf-8")
