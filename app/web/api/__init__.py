"""The JSON API that staff and their programs use. docs/api.md describes it."""

from app.web.api import (
    alerts,
    audit,
    chains,
    docs,
    groups,
    held,
    horizons,
    incidents,
    logo,
    maintenances,
    page,
    postmortems,
    replies,
    routes,
    services,
    sources,
    targets,
    tokens,
    updates,
    users,
)
from app.web.beneath import Beneath

__all__ = ["router"]

_NOUNS = (
    page,
    logo,
    held,
    replies,
    services,
    groups,
    incidents,
    updates,
    postmortems,
    targets,
    chains,
    horizons,
    maintenances,
    audit,
    sources,
    routes,
    alerts,
    tokens,
    users,
)

# What comes without a type is taken for the JSON it has to be; see json_body.
router = Beneath(prefix="/api", strict_content_type=False)
router.include_router(docs.router)
for _noun in _NOUNS:
    router.include_router(_noun.router, prefix="/v1")
