"""Routes of Statuspage's public API, version 2, and its short URLs."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.rendering.formats import statuspage
from app.usecases.public import listing
from app.web.dependencies import Reading
from app.web.formats.cors import CORS_HEADERS, add_routes, cors_surface, preflight
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import PAGE_CACHE_CONTROL
from app.web.page_cache.surface_urls import always_hot

__all__ = ["SURFACES", "router", "static_files"]

_BASE = "/api/v2/"
_JSON = "application/json; charset=utf-8"

SURFACES = tuple(
    cors_surface(
        f"{_BASE}{name}.json",
        _JSON,
        listing.listing,
        partial(statuspage.render_document, name),
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    )
    for name in statuspage.DOCUMENTS
)

router = APIRouter(include_in_schema=False)
add_routes(router, SURFACES)


def static_files() -> tuple[StaticFile, ...]:
    """The JSON of an unknown path: clients of this API expect JSON for errors too."""
    body = statuspage.render_error("There is no such document.")
    cors_headers = tuple(CORS_HEADERS.items())
    caching = "public, max-age=5"
    return (
        StaticFile(
            f"{_BASE}404.json", body, _JSON, caching, cors_headers, 404, fallback_prefix=_BASE
        ),
    )


@router.api_route(f"{_BASE}{{rest:path}}", methods=["GET", "HEAD"])
def unknown(request: Request) -> Response:
    """404 for an unknown document."""
    (error,) = static_files()
    return static_response(request, error)


router.add_api_route(f"{_BASE}{{rest:path}}", preflight, methods=["OPTIONS"])


@router.api_route("/i/{public_id}", methods=["GET", "HEAD"])
@router.api_route("/i/{public_id}/{occurrence}", methods=["GET", "HEAD"])
def shortlink(ctx: Reading, public_id: str, occurrence: str | None = None) -> Response:
    """Redirect from the short URL to the page of the incident or maintenance."""
    path = listing.permalink(ctx, public_id, occurrence)
    return RedirectResponse(path, 302, {"Cache-Control": PAGE_CACHE_CONTROL})
