"""JSON API for staff and their programs, described in docs/api.md."""

from fastapi import APIRouter

from app.web.api import audit, pending_texts
from app.web.api.imports import imports
from app.web.api.incidents import (
    incidents,
    notes,
    postmortems,
    saved_replies,
    standard_sentences,
    templates,
    updates,
)
from app.web.api.languages import (
    glossary,
    reader_languages,
    translation_provider,
    translations,
    unread_translations,
)
from app.web.api.maintenances import maintenances
from app.web.api.notifications import channels, deliveries, notices, suppressions
from app.web.api.openapi import docs
from app.web.api.page import export, logo, page
from app.web.api.rooms import rooms
from app.web.api.services import groups, services
from app.web.api.sources import alerts, routes, sources
from app.web.api.subscribers import bounces, subscribers
from app.web.api.targets import chains, horizons, targets
from app.web.api.users import tokens, users
from app.web.prefix_router import PrefixRouter

__all__ = ["router"]

_NOUNS = (
    page,
    logo,
    export,
    imports,
    reader_languages,
    translations,
    translation_provider,
    glossary,
    unread_translations,
    pending_texts,
    saved_replies,
    standard_sentences,
    templates,
    services,
    groups,
    incidents,
    updates,
    postmortems,
    notes,
    targets,
    chains,
    horizons,
    maintenances,
    audit,
    sources,
    routes,
    alerts,
    rooms,
    channels,
    notices,
    deliveries,
    suppressions,
    subscribers,
    bounces,
    tokens,
    users,
)

# A body without Content-Type is parsed as JSON; see app.web.api.json_route.
# An operation id is the name of its handler, such as `open_incident`: generated clients have it.
router = APIRouter(
    prefix="/api",
    strict_content_type=False,
    generate_unique_id_function=lambda route: route.name,
)
router.include_router(docs.router)
for _noun in _NOUNS:
    router.include_router(PrefixRouter(_noun.router), prefix="/v1")
