"""Calendars, for readers of Statuspage's and in every language."""

from fastapi import APIRouter

from app.rendering.calendar import calendar
from app.usecases import public_feeds
from app.web.compat.surface import open_surface, route
from app.web.front.addresses import always, every_service

__all__ = ["SURFACES", "router"]

_ICS = "text/calendar; charset=utf-8"

SURFACES = (
    open_surface("/history.ics", _ICS, public_feeds.listing, calendar, tagged=False, hot=always),
    open_surface("/calendar.ics", _ICS, public_feeds.listing, calendar, hot=always),
    open_surface(
        "/services/{slug}/calendar.ics",
        _ICS,
        public_feeds.service_listing,
        calendar,
        every=every_service,
    ),
)

router = APIRouter()
route(router, SURFACES)
