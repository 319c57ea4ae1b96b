"""Routes of robots.txt and the sitemap."""

from fastapi import APIRouter

from app.rendering.formats import metadata
from app.usecases.public import listing, sitemap
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot, every_sitemap_part

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
        sitemap.sitemap_index,
        metadata.sitemap,
        language_prefixed=False,
        localized=False,
        slow=True,
    ),
    cors_surface(
        "/sitemap-{part}.xml",
        "application/xml; charset=utf-8",
        sitemap.sitemap_part,
        metadata.sitemap_part,
        language_prefixed=False,
        localized=False,
        slow=True,
        every=every_sitemap_part,
    ),
)

router = APIRouter()
add_routes(router, SURFACES)
