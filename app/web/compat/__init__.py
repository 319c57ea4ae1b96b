"""What programs read, mostly at the addresses that others made known: docs/statuspage.md."""

from fastapi import APIRouter

from app.web.compat import badges, calendar, embeds, feeds, metadata, statuspage, texts
from app.web.front.fixed import Fixed
from app.web.front.surface import Surface

__all__ = ["SURFACES", "fixed", "router"]

_KINDS = (statuspage, feeds, calendar, badges, texts, embeds, metadata)

SURFACES: tuple[Surface, ...] = tuple(each for kind in _KINDS for each in kind.SURFACES)

router = APIRouter()
for _kind in _KINDS:
    router.include_router(_kind.router)


def fixed() -> tuple[Fixed, ...]:
    """What is the same for every page."""
    return (*embeds.fixed(), *statuspage.fixed())
