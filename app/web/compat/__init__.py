"""What programs read, mostly at the addresses that others made known: docs/statuspage.md."""

from fastapi import APIRouter

from app.web.compat import calendar, feeds, statuspage
from app.web.front.surface import Surface

__all__ = ["SURFACES", "router"]

SURFACES: tuple[Surface, ...] = (*statuspage.SURFACES, *feeds.SURFACES, *calendar.SURFACES)

router = APIRouter()
router.include_router(statuspage.router)
router.include_router(feeds.router)
router.include_router(calendar.router)
