"""The console of staff. CONTRIBUTING.md describes how to add a screen.

`receive_form` runs first for every request: it refuses forms that another site sent.
"""

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from app.web.console import (
    api_tokens,
    audit_log,
    home,
    markdown_guide,
    pending,
    saved_replies,
    templates,
    users,
)
from app.web.console.account import credentials, profile
from app.web.console.incidents import detail as incidents
from app.web.console.incidents import edits, notes, postmortems, updates
from app.web.console.kit.forms.forms import receive_form
from app.web.console.languages import machine, readers
from app.web.console.maintenances import detail as maintenances
from app.web.console.maintenances import plan, windows
from app.web.console.maintenances import updates as announcing
from app.web.console.notifications import deliveries, rooms, subscribers
from app.web.console.page import imports, logo, settings
from app.web.console.services import aliases, groups, services
from app.web.console.sign_in import invitation, oidc, password, reset
from app.web.console.sources import detail as sources
from app.web.console.sources import events, form, routes, trial
from app.web.console.targets import detail
from app.web.console.targets import form as target_forms
from app.web.prefix_router import PrefixRouter

__all__ = ["router"]

# Routes match in this order: `/incidents/new` has to come before `/incidents/{id}`.
_SCREENS = (
    password,
    oidc,
    reset,
    invitation,
    home,
    updates,
    incidents,
    notes,
    edits,
    postmortems,
    pending,
    saved_replies,
    templates,
    markdown_guide,
    plan,
    maintenances,
    announcing,
    windows,
    services,
    aliases,
    groups,
    target_forms,
    detail,
    users,
    form,
    sources,
    events,
    trial,
    routes,
    subscribers,
    rooms,
    deliveries,
    api_tokens,
    audit_log,
    readers,
    machine,
    settings,
    logo,
    imports,
    profile,
    credentials,
)

router = APIRouter(prefix="/console", include_in_schema=False, dependencies=[Depends(receive_form)])
for _screen in _SCREENS:
    router.include_router(PrefixRouter(_screen.router))


@router.get("")
def without_slash() -> Response:
    """Redirect from `/console`, as people type it, to the first screen."""
    return RedirectResponse("/console/", 308)
