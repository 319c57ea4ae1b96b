"""What programs that wander the web ask for first."""

from fastapi import APIRouter

from app.rendering.formats import metadata
from app.usecases.public import listing
from app.web.formats.cors import open_surface, route
from app.web.page_cache.surface_urls import always

__all__ = ["SURFACES", "router"]

_LISTING = listing.listing

SURFACES = (
    open_surface(
        "/robots.txt",
        "text/plain; charset=utf-8",
        _LISTING,
        metadata.robots,
        tagged=False,
        wire=True,
        hot=always,
    ),
    open_surface(
        "/sitemap.xml",
        "application/xml; charset=utf-8",
        _LISTING,
        metadata.sitemap,
        tagged=False,
        wire=True,
        hot=always,
    ),
)

router = APIRouter()
route(router, SURFACES)
