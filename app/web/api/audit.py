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

SubjectId = Annotated[
    str | None, Query(pattern=PUBLIC_ID_PATTERN, description="Only entries about this id.")
]
Actor = Annotated[
    str | None,
    Query(
        pattern=r"^[^\x00-\x1f\x7f]{1,100}$",
        description="Only actors whose name contains this.",
    ),
]
ActionPrefix = Annotated[
    str | None,
    Query(
        pattern="^[a-z_.]{1,60}$",
        description="Only actions that start with this: `incident` or `incident.open`.",
    ),
]
SubjectKind = Annotated[
    str | None,
    Query(
        pattern="^[a-z_]{1,60}$",
        description="Only entries about this kind of subject, such as `target`.",
    ),
]
Since = Annotated[Instant | None, Query(description="Only at this instant or later.")]
Until = Annotated[Instant | None, Query(description="Only before this instant.")]


@router.get("")
def list_audit_entries(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    subject_id: SubjectId = None,
    actor: Actor = None,
    action: ActionPrefix = None,
    subject: SubjectKind = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[AuditEntry]:
    """List the entries of the audit log that match the filters, newest first. For admins."""
    filters = AuditFilter(actor, action, subject, subject_id, since, until)
    found = audit.list_entries(request.ctx, filters, cursor=cursor, limit=limit)
    return ListResponse(items=[AuditEntry.of(entry) for entry in found.items], next=found.next)
