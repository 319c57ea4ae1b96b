import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.domain.audit import AuditFilter
from app.usecases import audit
from app.usecases.context import Actor as Caller
from app.usecases.database import Database
from app.web.api.audit_schemas import AuditEntry
from app.web.api.fields import PUBLIC_ID_PATTERN, Cursor, Limit, ListResponse, Since, Until
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader
from app.web.dependencies import Acting, app_state

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
UserId = Annotated[
    str | None,
    Query(
        pattern=PUBLIC_ID_PATTERN,
        description="Only what the user with this id did, with API tokens too.",
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


_CONTENT = {
    "application/x-ndjson": {"schema": {"type": "string", "description": "One JSON object a line."}}
}


class _JsonLines(StreamingResponse):
    media_type = "application/x-ndjson"


def _filters(  # noqa: PLR0913, PLR0917  # each filter is an argument
    subject_id: SubjectId = None,
    actor: Actor = None,
    action: ActionPrefix = None,
    subject: SubjectKind = None,
    since: Since = None,
    until: Until = None,
    user_id: UserId = None,
) -> AuditFilter:
    return AuditFilter(actor, action, subject, subject_id, since, until, user_id)


Filters = Annotated[AuditFilter, Depends(_filters)]


@router.get("")
def list_audit_entries(
    request: Reader, filters: Filters, cursor: Cursor = None, limit: Limit = 25
) -> ListResponse[AuditEntry]:
    """List the entries of the audit log that match the filters, newest first. For admins."""
    found = audit.list_entries(request.ctx, filters, cursor=cursor, limit=limit)
    return ListResponse(items=[AuditEntry.of(entry) for entry in found.items], next=found.next)


@router.get("/export", response_class=_JsonLines, responses={200: {"content": _CONTENT}})
def export_audit_log(request: Request, caller: Acting, filters: Filters) -> Response:
    """Get all entries that match the filters as JSON Lines, newest first. For admins.

    Each line has the position of the entry and its hash. The export is an entry itself.
    """
    database = app_state(request).database
    with database.writing(caller) as ctx:
        # A refusal has to come before the first line.
        audit.list_entries(ctx, filters, cursor=None, limit=1)
        audit.record(ctx, "audit.export", "audit", "", after={"format": "jsonl"})
    return _JsonLines(_lines(database, caller, filters))


def _lines(database: Database, caller: Caller, filters: AuditFilter) -> Iterator[str]:
    for batch in audit.entry_batches(lambda: database.reading(caller), filters):
        yield "".join(json.dumps(audit.entry_fields(entry)) + "\n" for entry in batch)
