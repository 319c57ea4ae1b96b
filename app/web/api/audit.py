from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.audit import AuditFilter
from app.usecases import audit
from app.web.api.audit_schemas import AuditEntry
from app.web.api.fields import PUBLIC_ID_PATTERN, Cursor, Instant, Limit, ListResponse
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"], route_class=JsonRoute)

Subject = Annotated[
    str | None, Query(pattern=PUBLIC_ID_PATTERN, description="Only what was done to this id.")
]
Actor = Annotated[
    str | None,
    Query(
        pattern=r"^[^\x00-\x1f\x7f]{1,100}$",
        description="Only by names that this is a part of.",
    ),
]
Deed = Annotated[
    str | None,
    Query(
        pattern="^[a-z_.]{1,60}$",
        description="Only deeds that begin so, such as `incident` or `incident.open`.",
    ),
]
Kind = Annotated[
    str | None,
    Query(
        pattern="^[a-z_]{1,60}$",
        description="Only what was done to this kind of thing, such as `target`.",
    ),
]
Since = Annotated[Instant | None, Query(description="Only at this instant or later.")]
Until = Annotated[Instant | None, Query(description="Only before this instant.")]


@router.get("")
def list_entries(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    subject_id: Subject = None,
    actor: Actor = None,
    action: Deed = None,
    subject: Kind = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[AuditEntry]:
    """The trail, newest first. For admins."""
    sought = AuditFilter(actor, action, subject, subject_id, since, until)
    found = audit.list_entries(request.ctx, sought, cursor=cursor, limit=limit)
    return ListResponse(items=[AuditEntry.of(entry) for entry in found.items], next=found.next)
