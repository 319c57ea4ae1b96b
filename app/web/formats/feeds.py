"""Feeds, for readers of Statuspage's and in every language."""

from fastapi import APIRouter

from app.rendering.formats import feeds
from app.usecases.public import listing
from app.web.formats.cors import open_surface, route
from app.web.page_cache.surface_urls import always, every_service

__all__ = ["SURFACES", "router"]

_ATOM = "application/atom+xml; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"

_LISTING, _OF_SERVICE = listing.listing, listing.service_listing

SURFACES = (
    open_surface(
        "/history.atom", _ATOM, _LISTING, feeds.history_atom, tagged=False, wire=True, hot=always
    ),
    open_surface(
        "/history.rss", _RSS, _LISTING, feeds.history_rss, tagged=False, wire=True, hot=always
    ),
    open_surface("/feed.atom", _ATOM, _LISTING, feeds.atom, hot=always),
    open_surface("/feed.rss", _RSS, _LISTING, feeds.rss, hot=always),
    open_surface("/services/{slug}/feed.atom", _ATOM, _OF_SERVICE, feeds.atom, every=every_service),
    open_surface("/services/{slug}/feed.rss", _RSS, _OF_SERVICE, feeds.rss, every=every_service),
)

router = APIRouter()
route(router, SURFACES)
