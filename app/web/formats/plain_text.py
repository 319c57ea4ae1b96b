"""Routes of the page as plain text and as Markdown, and of llms.txt."""

from fastapi import APIRouter

from app.rendering.formats import plain_text
from app.usecases.public import history, listing, pages
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import (
    always_hot,
    current_maintenances,
    every_incident,
    every_maintenance,
    every_window,
    open_incidents,
)

__all__ = ["SURFACES", "router"]

_TEXT = "text/plain; charset=utf-8"
_MARKDOWN = "text/markdown; charset=utf-8"

SURFACES = (
    cors_surface("/index.txt", _TEXT, pages.overview, plain_text.overview_text, hot=always_hot),
    cors_surface(
        "/index.md", _MARKDOWN, pages.overview, plain_text.overview_markdown, hot=always_hot
    ),
    cors_surface(
        "/incidents/{public_id}.md",
        _MARKDOWN,
        pages.incident,
        plain_text.incident_markdown,
        every=every_incident,
        hot=open_incidents,
    ),
    cors_surface(
        "/maintenances/{public_id}.md",
        _MARKDOWN,
        history.maintenance,
        plain_text.maintenance_markdown,
        every=every_maintenance,
        hot=current_maintenances,
    ),
    cors_surface(
        "/maintenances/{public_id}/{occurrence}.md",
        _MARKDOWN,
        history.maintenance_window,
        plain_text.maintenance_markdown,
        every=every_window,
    ),
    cors_surface("/llms.txt", _TEXT, listing.listing, plain_text.llms, hot=always_hot),
)

router = APIRouter()
add_routes(router, SURFACES)
