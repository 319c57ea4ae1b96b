"""Badges for other pages, and the icon of our own."""

from fastapi import APIRouter

from app.rendering.formats import badges
from app.usecases.public import listing
from app.web.formats.cors import open_surface, route
from app.web.page_cache.surface_urls import always, every_service

__all__ = ["SURFACES", "router"]

_SVG = "image/svg+xml; charset=utf-8"

_LISTING, _OF_SERVICE = listing.listing, listing.service_listing

SURFACES = (
    open_surface("/badge.svg", _SVG, _LISTING, badges.badge, hot=always),
    open_surface("/badge-dark.svg", _SVG, _LISTING, badges.badge_dark, hot=always),
    open_surface(
        "/services/{slug}/badge.svg", _SVG, _OF_SERVICE, badges.badge, every=every_service
    ),
    open_surface(
        "/services/{slug}/badge-dark.svg", _SVG, _OF_SERVICE, badges.badge_dark, every=every_service
    ),
    open_surface(
        "/favicon.svg", _SVG, _LISTING, badges.favicon, tagged=False, wire=True, hot=always
    ),
)

router = APIRouter()
route(router, SURFACES)
