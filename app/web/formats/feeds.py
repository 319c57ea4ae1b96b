"""Routes of the feeds: Statuspage's paths, and those per language and service."""

from fastapi import APIRouter

from app.rendering.formats import feeds
from app.usecases.public import listing
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot, every_service

__all__ = ["SURFACES", "router"]

_ATOM = "application/atom+xml; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"
_JSON = "application/feed+json; charset=utf-8"

_LISTING, _OF_SERVICE = listing.listing, listing.service_listing

SURFACES = (
    cors_surface(
        "/history.atom",
        _ATOM,
        _LISTING,
        feeds.history_atom,
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    ),
    cors_surface(
        "/history.rss",
        _RSS,
        _LISTING,
        feeds.history_rss,
        language_prefixed=False,
        machine_format=True,
        hot=always_hot,
    ),
    cors_surface("/feed.atom", _ATOM, _LISTING, feeds.atom, hot=always_hot),
    cors_surface("/feed.rss", _RSS, _LISTING, feeds.rss, hot=always_hot),
    cors_surface("/feed.json", _JSON, _LISTING, feeds.json_feed, hot=always_hot),
    cors_surface("/services/{slug}/feed.atom", _ATOM, _OF_SERVICE, feeds.atom, every=every_service),
    cors_surface("/services/{slug}/feed.rss", _RSS, _OF_SERVICE, feeds.rss, every=every_service),
    cors_surface(
        "/services/{slug}/feed.json", _JSON, _OF_SERVICE, feeds.json_feed, every=every_service
    ),
)

router = APIRouter()
add_routes(router, SURFACES)
