"""The list of the page's languages, with a search by name that needs no script."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.domain.page.pages import LanguagesPage
from app.i18n.language_list import find_languages
from app.rendering import pages
from app.web.dependencies import app_state
from app.web.page_cache.endpoints import requested_variant
from app.web.page_cache.serving.responses import page_response
from app.web.page_cache.stored_page import VARY_LANGUAGE
from app.web.page_cache.surface import HTML
from app.web.public.surfaces import LANGUAGES_PAGE, NOT_INDEXED
from app.web.public.visitor_requests import published_language

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_READ = ["GET", "HEAD"]
_LONGEST_QUERY = 100
_LONGEST_PATH = 500


@router.api_route("/languages", methods=_READ)
@router.api_route("/{tag}/languages", methods=_READ)
def languages_page(request: Request, tag: str | None = None) -> Response:
    """All languages, or those that match `q`; the only match leads to `path` in it at once."""
    state = app_state(request)
    facts = state.renderer.page_facts_blocking()
    language = published_language(request, tag)
    query = " ".join(request.query_params.get("q", "").split())[:_LONGEST_QUERY]
    path = _path(request.query_params.get("path", "/"))
    if not query and path == "/":
        page = state.renderer.page_blocking(
            LANGUAGES_PAGE, {}, requested_variant(request, facts, tag)
        )
        shared = page.negotiated_headers if tag is None else page.prefixed_headers
        return page_response(request, page, shared)
    found = find_languages(query, facts.languages, language)
    headers = {"Cache-Control": "no-store", **dict(NOT_INDEXED)}
    if len(found) == 1:
        return RedirectResponse(f"/{found[0].tag}{path}", 303, headers)
    record = LanguagesPage(facts, query, path)
    return Response(
        pages.languages(record, language),
        200,
        {**headers, "Content-Language": language, "Vary": VARY_LANGUAGE},
        HTML,
    )


def _path(path: str) -> str:
    """A path of this site without a language; "/" in place of anything else."""
    is_own = path.startswith("/") and path.isprintable() and len(path) <= _LONGEST_PATH
    return quote(path, safe="/?&=;,:@!$'()*+-._~%") if is_own else "/"
