"""Routes of robots.txt and sitemap.xml."""

from fastapi import APIRouter

from app.rendering.formats import metadata
from app.usecases.public import listing
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot

__all__ = ["SURFACES", "router"]

_LISTING = listing.listing

SURFACES = (
    cors_surface(
        "/robots.txt",
        "text/plain; charset=utf-8",
        _LISTING,
        metadata.robots,
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    ),
    cors_surface(
        "/sitemap.xml",
        "application/xml; charset=utf-8",
        _LISTING,
        metadata.sitemap,
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    ),
)

router = APIRouter()
add_routes(router, SURFACES)
