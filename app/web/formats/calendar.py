"""Routes of the calendars: Statuspage's path, and one per language and service."""

from fastapi import APIRouter

from app.rendering.formats.calendar import calendar
from app.usecases.public import listing
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot, every_service

__all__ = ["SURFACES", "router"]

_ICS = "text/calendar; charset=utf-8"

SURFACES = (
    cors_surface(
        "/history.ics", _ICS, listing.listing, calendar, language_prefixed=False, hot=always_hot
    ),
    cors_surface("/calendar.ics", _ICS, listing.listing, calendar, hot=always_hot),
    cors_surface(
        "/services/{slug}/calendar.ics",
        _ICS,
        listing.service_listing,
        calendar,
        every=every_service,
    ),
)

router = APIRouter()
add_routes(router, SURFACES)
