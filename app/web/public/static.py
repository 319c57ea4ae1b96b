"""Routes of the static files: stylesheets, scripts and the icon."""

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.rendering import assets
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import IMMUTABLE, StaticFile, asset_files

__all__ = ["router", "static_files"]

router = APIRouter(include_in_schema=False)

_FAVICON = "favicon.svg"
# During a rolling upgrade a page of one release may request its stylesheet from another release.
_OTHER_RELEASE = "public, max-age=10"


def static_files() -> tuple[StaticFile, ...]:
    """The assets at their hashed URLs, and `/favicon.ico`."""
    return (*asset_files(), _favicon())


def _favicon() -> StaticFile:
    body = assets.asset_bytes(_FAVICON)
    return StaticFile("/favicon.ico", body, assets.ASSETS[_FAVICON], "max-age=86400")


@router.api_route("/static/{content_hash}/{name}", methods=["GET", "HEAD"])
def static_file(request: Request, content_hash: str, name: str) -> Response:
    """Asset by name; caches may keep it for ever only under the hash of its content."""
    if name not in assets.ASSETS:
        raise NotFoundError("There is no such file.")
    caching = IMMUTABLE if content_hash == assets.asset_hash(name) else _OTHER_RELEASE
    path, body, kind = request.url.path, assets.asset_bytes(name), assets.ASSETS[name]
    return static_response(request, StaticFile(path, body, kind, caching))


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def favicon(request: Request) -> Response:
    """The icon at the URL that browsers request by default."""
    return static_response(request, _favicon())
