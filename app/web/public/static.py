"""Routes of the static files: stylesheets, scripts and the icons."""

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.rendering import assets
from app.web.page_cache.serving.responses import static_response
from app.web.page_cache.static_files import IMMUTABLE, StaticFile, asset_files

__all__ = ["router", "static_files"]

router = APIRouter(include_in_schema=False)

# The assets at URLs that are known without their hash.
_ICONS = {"/favicon.ico": "favicon.svg", "/icon.png": "icon.png"}
# During a rolling upgrade a page of one release may request its stylesheet from another release.
_OTHER_RELEASE = "public, max-age=10"


def static_files() -> tuple[StaticFile, ...]:
    """The assets at their hashed URLs, and the icons."""
    return (*asset_files(), *map(_icon, _ICONS))


def _icon(path: str) -> StaticFile:
    name = _ICONS[path]
    return StaticFile(path, assets.asset_bytes(name), assets.ASSETS[name], "max-age=86400")


@router.api_route("/static/{content_hash}/{name}", methods=["GET", "HEAD"])
def static_file(request: Request, content_hash: str, name: str) -> Response:
    """Asset by name; caches may keep it for ever only under the hash of its content."""
    if name not in assets.ASSETS:
        raise NotFoundError("There is no such file.")
    caching = IMMUTABLE if content_hash == assets.asset_hash(name) else _OTHER_RELEASE
    path, body, kind = request.url.path, assets.asset_bytes(name), assets.ASSETS[name]
    return static_response(request, StaticFile(path, body, kind, caching))


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
@router.api_route("/icon.png", methods=["GET", "HEAD"])
def icon(request: Request) -> Response:
    """The icon: at the URL that browsers request by default, and as PNG for notifications."""
    return static_response(request, _icon(request.url.path))
