"""The JSON API that staff and their programs use. docs/api.md describes it."""

from fastapi import APIRouter

from app.web.api import audit, incidents, postmortems, services, targets, updates

__all__ = ["router"]

router = APIRouter(strict_content_type=False)
for _noun in (services, incidents, updates, postmortems, targets, audit):
    router.include_router(_noun.router, prefix="/api/v1")
