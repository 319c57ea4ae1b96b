from typing import Annotated

from fastapi import APIRouter, Query

from app.usecases import audit
from app.web.api.desk import Look
from app.web.api.json_body import JsonRoute
from app.web.api.schemas.audit import AuditEntry
from app.web.api.schemas.fields import Cursor, Limit, Listing

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"], route_class=JsonRoute)

Subject = Annotated[
    str | None, Query(pattern="^[a-z0-9]{12}$", description="Only what was done to this id.")
]


@router.get("")
def list_entries(
    desk: Look, subject_id: Subject = None, cursor: Cursor = None, limit: Limit = 25
) -> Listing[AuditEntry]:
    """The trail, newest first. For admins."""
    found = audit.list_entries(desk.ctx, cursor=cursor, limit=limit, subject_id=subject_id)
    return Listing(items=[AuditEntry.of(entry) for entry in found.items], next=found.next)
