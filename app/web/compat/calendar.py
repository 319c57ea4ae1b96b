"""Calendars, for readers of Statuspage's and in every language."""

from fastapi import APIRouter

from app.rendering.calendar import calendar
from app.usecases import public_feeds
from app.web.compat.surface import open_surface, route

__all__ = ["SURFACES", "router"]

_ICS = "text/calendar; charset=utf-8"

SURFACES = (
    open_surface("/history.ics", _ICS, public_feeds.listing, calendar, tagged=False),
    open_surface("/calendar.ics", _ICS, public_feeds.listing, calendar),
    open_surface("/services/{slug}/calendar.ics", _ICS, public_feeds.service_listing, calendar),
)

router = APIRouter()
route(router, SURFACES)
