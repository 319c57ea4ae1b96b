"""What staff meet: the console. CONTRIBUTING.md tells how a screen is added.

Every request passes `receive`: a form that another site sent is refused before anything else.
"""

from fastapi import Depends, Response
from fastapi.responses import RedirectResponse

from app.web.beneath import Beneath
from app.web.console import (
    account,
    aliases,
    announcing,
    audit_log,
    certificates,
    groups,
    held,
    home,
    incidents,
    invitations,
    logo,
    maintenance_steps,
    maintenances,
    page,
    planning,
    postmortems,
    proving,
    replies,
    rewording,
    routes,
    services,
    signing_in,
    single_sign_on,
    source_events,
    source_forms,
    sources,
    target_forms,
    tokens,
    updates,
    users,
)
from app.web.console.forms import receive

__all__ = ["router"]

# The address of a new incident, or maintenance, goes before that of any other one.
_SCREENS = (
    signing_in,
    single_sign_on,
    invitations,
    home,
    updates,
    incidents,
    rewording,
    postmortems,
    held,
    replies,
    planning,
    maintenances,
    announcing,
    maintenance_steps,
    services,
    aliases,
    groups,
    target_forms,
    certificates,
    users,
    source_forms,
    sources,
    source_events,
    routes,
    tokens,
    audit_log,
    page,
    logo,
    account,
    proving,
)

router = Beneath(prefix="/console", include_in_schema=False, dependencies=[Depends(receive)])
for _screen in _SCREENS:
    router.include_router(_screen.router)


@router.get("")
def without_slash() -> Response:
    """The first screen, as people type its address."""
    return RedirectResponse("/console/", 308)
