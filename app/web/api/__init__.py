"""The JSON API that staff and their programs use. docs/api.md describes it."""

from app.web.api import (
    alerts,
    audit,
    chains,
    docs,
    groups,
    horizons,
    incidents,
    logo,
    maintenances,
    page,
    pending,
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
from app.web.prefix_router import Beneath

__all__ = ["router"]

_NOUNS = (
    page,
    logo,
    pending,
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
