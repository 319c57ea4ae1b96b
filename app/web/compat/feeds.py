"""Feeds, for readers of Statuspage's and in every language."""

from fastapi import APIRouter

from app.rendering import feeds
from app.usecases import public_feeds
from app.web.compat.surface import Surface, in_every_language, route

__all__ = ["SURFACES", "router"]

_ATOM = "application/atom+xml; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"

_LISTING, _OF_SERVICE = public_feeds.listing, public_feeds.service_listing

SURFACES = (
    Surface("/history.atom", _ATOM, _LISTING, feeds.history_atom, wire=True),
    Surface("/history.rss", _RSS, _LISTING, feeds.history_rss, wire=True),
    *in_every_language("/feed.atom", _ATOM, _LISTING, feeds.atom),
    *in_every_language("/feed.rss", _RSS, _LISTING, feeds.rss),
    *in_every_language("/services/{slug}/feed.atom", _ATOM, _OF_SERVICE, feeds.atom),
    *in_every_language("/services/{slug}/feed.rss", _RSS, _OF_SERVICE, feeds.rss),
)

router = APIRouter()
route(router, SURFACES)
