"""What programs read, mostly at the addresses that others made known: docs/statuspage.md."""

from fastapi import APIRouter

from app.web.formats import badges, calendar, embeds, feeds, metadata, plain_text, statuspage
from app.web.page_cache.static_files import StaticFile
from app.web.page_cache.surface import Surface

__all__ = ["SURFACES", "router", "static_files"]

_KINDS = (statuspage, feeds, calendar, badges, plain_text, embeds, metadata)

SURFACES: tuple[Surface, ...] = tuple(each for kind in _KINDS for each in kind.SURFACES)

router = APIRouter()
for _kind in _KINDS:
    router.include_router(_kind.router)


def static_files() -> tuple[StaticFile, ...]:
    """What is the same for every page."""
    return (*embeds.static_files(), *statuspage.static_files())
