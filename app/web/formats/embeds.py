"""What others put on their pages: a script, and the banner it shows."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.rendering.formats import embed
from app.usecases.public import listing
from app.web.formats.cors import CORS_HEADERS, add_routes, cors_surface, preflight
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface_urls import always_hot

__all__ = ["SURFACES", "router", "static_files"]

# Anybody may frame it; it can do nothing but be read and lead to the page.
_FRAMED = (
    f"default-src 'none'; style-src '{embed.STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
_LISTING = listing.listing
_HTML = cors_surface(
    "/embed/banner", "text/html; charset=utf-8", _LISTING, embed.banner_html, hot=always_hot
)

SURFACES = (
    replace(_HTML, headers=(*_HTML.headers, ("Content-Security-Policy", _FRAMED))),
    cors_surface(
        "/embed/banner.json",
        "application/json; charset=utf-8",
        _LISTING,
        embed.banner_json,
        hot=always_hot,
    ),
)

router = APIRouter()
add_routes(router, SURFACES)


def static_files() -> tuple[StaticFile, ...]:
    """The script; pages that hold its hash refuse a newer one until they are given its hash."""
    return (
        StaticFile(
            "/embed.js",
            embed.script(),
            "text/javascript; charset=utf-8",
            "public, max-age=3600",
            tuple(CORS_HEADERS.items()),
        ),
    )


@router.api_route("/embed.js", methods=["GET", "HEAD"], include_in_schema=False)
def script(request: Request) -> Response:
    """What the one line on other pages loads."""
    (found,) = static_files()
    return static_response(request, found)


router.add_api_route("/embed.js", preflight, methods=["OPTIONS"], include_in_schema=False)
