"""Machine formats: Statuspage's API, feeds, calendars, badges, texts, embeds, metadata, reports."""

from fastapi import APIRouter

from app.web.formats import (
    badges,
    calendar,
    embeds,
    feeds,
    metadata,
    plain_text,
    report,
    security_txt,
    statuspage,
)
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import Surface

__all__ = ["SURFACES", "router", "static_files"]

_MODULES = (statuspage, feeds, calendar, badges, plain_text, embeds, metadata, report)

SURFACES: tuple[Surface, ...] = tuple(each for module in _MODULES for each in module.SURFACES)

router = APIRouter()
for _module in _MODULES:
    router.include_router(_module.router)
router.include_router(security_txt.router)


def static_files() -> tuple[StaticFile, ...]:
    """Static files of all formats."""
    return (*embeds.static_files(), *statuspage.static_files())
