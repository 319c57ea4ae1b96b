"""Routes of the embeddable banner and of its script."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.rendering.formats import embed
from app.usecases.public import listing
from app.web.formats.cors import CORS_HEADERS, add_routes, cors_surface, preflight
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface_urls import always_hot

__all__ = ["SURFACES", "router", "static_files"]

# Any site may frame the banner; it may load nothing but its own inline style.
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
    """The script. Sites with an `integrity` hash reject a new release until they update it."""
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
    """The script that sites include by one line of HTML."""
    (file,) = static_files()
    return static_response(request, file)


router.add_api_route("/embed.js", preflight, methods=["OPTIONS"], include_in_schema=False)
