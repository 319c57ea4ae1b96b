"""Public pages and static files."""

from fastapi import APIRouter

from app.web.page_cache.endpoints import add_routes
from app.web.public import languages, push, static, subscribe
from app.web.public.error_pages import not_found_page
from app.web.public.static import static_files
from app.web.public.surfaces import NOT_FOUND, SHARE_PICTURES, SURFACES

__all__ = [
    "HOT",
    "NOT_FOUND",
    "SHARE_PICTURES",
    "SURFACES",
    "not_found_page",
    "router",
    "static_files",
]

# Surfaces that are kept in memory; the first page is rendered before the others.
HOT = (*reversed(SURFACES), NOT_FOUND)

router = APIRouter()
router.include_router(static.router)
router.include_router(push.router)
router.include_router(languages.router)
add_routes(router, SURFACES)
router.include_router(subscribe.router)
