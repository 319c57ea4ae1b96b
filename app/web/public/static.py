"""The stylesheet, the script and the icon, from our own origin."""

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFoundError
from app.rendering import assets
from app.web.page_cache.static_files import FOR_EVER, StaticFile, asset_parts
from app.web.public.answers import answer

__all__ = ["router", "static_files"]

router = APIRouter(include_in_schema=False)

_FAVICON = "favicon.svg"
# While servers are being renewed, a page of one may ask another for its stylesheet.
_FOR_NOW = "public, max-age=10"


def static_files() -> tuple[StaticFile, ...]:
    """All of it, under the addresses that our pages name."""
    return (*asset_parts(), _favicon())


def _favicon() -> StaticFile:
    body = assets.asset_bytes(_FAVICON)
    return StaticFile("/favicon.ico", body, assets.ASSETS[_FAVICON], "max-age=86400")


@router.api_route("/static/{content_hash}/{name}", methods=["GET", "HEAD"])
def static_file(request: Request, content_hash: str, name: str) -> Response:
    """The asset; under an address that is not of its content it may not be kept."""
    if name not in assets.ASSETS:
        raise NotFoundError("There is no such file.")
    caching = FOR_EVER if content_hash == assets.asset_hash(name) else _FOR_NOW
    headers = {"Content-Type": assets.ASSETS[name], "Cache-Control": caching}
    return answer(request, assets.asset_bytes(name), headers)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def favicon(request: Request) -> Response:
    """What browsers ask for that have not read a page yet."""
    icon = _favicon()
    return answer(request, icon.body, icon.told)
