"""The JSON API that staff and their programs use. docs/api.md describes it."""

from fastapi import APIRouter

from app.web.api import (
    audit,
    chains,
    docs,
    horizons,
    incidents,
    maintenances,
    postmortems,
    services,
    targets,
    updates,
)

__all__ = ["router"]

_NOUNS = (services, incidents, updates, postmortems, targets, chains, horizons, maintenances, audit)

# What comes without a type is taken for the JSON it has to be; see json_body.
router = APIRouter(prefix="/api", strict_content_type=False)
router.include_router(docs.router)
for _noun in _NOUNS:
    router.include_router(_noun.router, prefix="/v1")
