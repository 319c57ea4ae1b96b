"""Statuspage's public API, version 2, at the addresses its clients know."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.rendering import statuspage
from app.usecases import public_feeds
from app.web.compat.surface import OPEN_TO_ALL, open_surface, preflight, route
from app.web.deps import Reading
from app.web.front.addresses import always
from app.web.front.surface import PAGE_CACHING
from app.web.public.answers import answer

__all__ = ["SURFACES", "router"]

_JSON = "application/json; charset=utf-8"

SURFACES = tuple(
    open_surface(
        f"/api/v2/{name}.json",
        _JSON,
        public_feeds.listing,
        partial(statuspage.rendered, name),
        tagged=False,
        wire=True,
        hot=always,
    )
    for name in statuspage.DOCUMENTS
)

router = APIRouter(include_in_schema=False)
route(router, SURFACES)


@router.api_route("/api/v2/{rest:path}", methods=["GET", "HEAD"])
def unknown(request: Request) -> Response:
    """There is no such document; clients of this API read JSON even then."""
    headers = {"Content-Type": _JSON, "Cache-Control": "public, max-age=5", **OPEN_TO_ALL}
    return answer(request, statuspage.error("There is no such document."), headers, status=404)


router.add_api_route("/api/v2/{rest:path}", preflight, methods=["OPTIONS"])


@router.api_route("/i/{public_id}", methods=["GET", "HEAD"])
def shortlink(ctx: Reading, public_id: str) -> Response:
    """Where the incident or maintenance of this id is read, in the visitor's language."""
    path = public_feeds.path_of(ctx, public_id)
    return RedirectResponse(path, 302, {"Cache-Control": PAGE_CACHING})
