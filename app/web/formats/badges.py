"""Routes of the badges and of the page's icon."""

from fastapi import APIRouter

from app.rendering.formats import badges
from app.usecases.public import listing
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot, every_service

__all__ = ["SURFACES", "router"]

_SVG = "image/svg+xml; charset=utf-8"

_LISTING, _OF_SERVICE = listing.listing, listing.service_listing

SURFACES = (
    cors_surface("/badge.svg", _SVG, _LISTING, badges.badge, hot=always_hot),
    cors_surface("/badge-dark.svg", _SVG, _LISTING, badges.badge_dark, hot=always_hot),
    cors_surface(
        "/services/{slug}/badge.svg", _SVG, _OF_SERVICE, badges.badge, every=every_service
    ),
    cors_surface(
        "/services/{slug}/badge-dark.svg", _SVG, _OF_SERVICE, badges.badge_dark, every=every_service
    ),
    cors_surface(
        "/favicon.svg",
        _SVG,
        _LISTING,
        badges.favicon,
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    ),
)

router = APIRouter()
add_routes(router, SURFACES)
