from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.domain.incidents.incident_filter import IncidentFilter, IncidentState
from app.usecases.incidents import lifecycle, listing
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import Publish
from app.web.api.fields import (
    Cursor,
    Limit,
    ListResponse,
    OfService,
    PublicId,
    SearchText,
    Since,
    Until,
)
from app.web.api.incidents.incident_schemas import (
    Incident,
    IncidentChange,
    NewIncident,
    incident_or_pending,
)
from app.web.api.json_route import JsonRoute
from app.web.api.pending_text_schemas import PENDING, PendingText
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/incidents", tags=["incidents"], route_class=JsonRoute)

Status = Annotated[
    Literal["open", "draft", "investigating", "identified", "monitoring", "resolved"] | None,
    Query(description="Only with this status; `open` means not resolved, `draft` not published."),
]


@router.post("", status_code=201, response_model=Incident, responses=PENDING)
def open_incident(new: NewIncident, write: Writer) -> Response:
    """Open an incident with its first update."""

    def act(request: ApiRequest) -> Incident | PendingText:
        return incident_or_pending(pending.submit(request.ctx, new.command(request)), request)

    return write(act, status=201)


@router.get("")
def list_incidents(  # noqa: PLR0913, PLR0917  # each filter is an argument
    request: Reader,
    query: SearchText = None,
    status: Status = None,
    service: OfService = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ListResponse[Incident]:
    """List the incidents that match the filters, drafts too, latest start first.

    `since` and `until` limit the start.
    """
    state = None if status is None else IncidentState(status)
    wanted = IncidentFilter(query, state, service, since, until)
    found = listing.list_incidents(request.ctx, wanted, cursor=cursor, limit=limit)
    return ListResponse(items=[Incident.of(each, request) for each in found.items], next=found.next)


@router.get("/{incident_id}")
def get_incident(incident_id: PublicId, request: Reader) -> Incident:
    """One incident, a draft too."""
    return Incident.of(lifecycle.get_incident(request.ctx, incident_id), request)


@router.patch("/{incident_id}", response_model=Incident, responses=PENDING)
def edit_incident(incident_id: PublicId, change: IncidentChange, write: Writer) -> Response:
    """Change the title or the impact, let the impact be derived again, or correct the start."""

    def act(request: ApiRequest) -> Incident | PendingText:
        edit = change.command(request, incident_id)
        return incident_or_pending(pending.submit(request.ctx, edit), request)

    return write(act)


@router.delete("/{incident_id}", status_code=204)
def delete_incident(incident_id: PublicId, write: Writer) -> Response:
    """Delete the incident. The audit log keeps its entries."""
    return write(lambda request: lifecycle.delete_incident(request.ctx, incident_id), status=204)


@router.post("/{incident_id}/publish", response_model=Incident, responses=PENDING)
def publish_incident(incident_id: PublicId, write: Writer) -> Response:
    """Publish a draft."""
    return write(
        lambda request: incident_or_pending(
            pending.submit(request.ctx, Publish(incident_id)), request
        )
    )


@router.post("/{incident_id}/take-over", response_model=Incident)
def take_over_incident(incident_id: PublicId, write: Writer) -> Response:
    """Make staff the owner of the incident: automation then only attaches evidence."""
    return write(
        lambda request: Incident.of(lifecycle.take_over(request.ctx, incident_id), request)
    )


@router.post("/{incident_id}/hand-back", response_model=Incident)
def hand_back_incident(incident_id: PublicId, write: Writer) -> Response:
    """Make automation the owner again of an incident that it opened."""
    return write(
        lambda request: Incident.of(lifecycle.hand_back(request.ctx, incident_id), request)
    )
