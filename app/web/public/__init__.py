"""What visitors meet: the pages, the stylesheet and the script."""

from fastapi import APIRouter

from app.web.public import routes, static
from app.web.public.not_found import not_found_page

__all__ = ["not_found_page", "router"]

router = APIRouter()
router.include_router(static.router)
router.include_router(routes.router)
