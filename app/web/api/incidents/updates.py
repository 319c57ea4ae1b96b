from fastapi import APIRouter, Response

from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate, RemoveUpdate
from app.web.api.fields import PublicId
from app.web.api.incidents.incident_schemas import Incident, incident_or_pending
from app.web.api.incidents.update_schemas import NewUpdate, UpdateChange
from app.web.api.json_route import JsonRoute
from app.web.api.pending_text_schemas import PENDING, PendingText
from app.web.api.request import ApiRequest, Writer

__all__ = ["router"]

router = APIRouter(
    prefix="/incidents/{incident_id}/updates", tags=["incidents"], route_class=JsonRoute
)


@router.post("", status_code=201, response_model=Incident, responses=PENDING)
def post_update(incident_id: PublicId, new: NewUpdate, write: Writer) -> Response:
    """Post an update. Staff own the incident from then on."""

    def act(request: ApiRequest) -> Incident | PendingText:
        post = PostUpdate(incident_id, new.to_record(request))
        return incident_or_pending(pending.submit(request.ctx, post), request)

    return write(act, status=201)


@router.patch("/{update_id}", response_model=Incident, responses=PENDING)
def edit_update(
    incident_id: PublicId, update_id: PublicId, change: UpdateChange, write: Writer
) -> Response:
    """Edit the text of an update, or correct its time. The former text is kept."""

    def act(request: ApiRequest) -> Incident | PendingText:
        edit = change.command(request, incident_id, update_id)
        return incident_or_pending(pending.submit(request.ctx, edit), request)

    return write(act)


@router.delete("/{update_id}", response_model=Incident, responses=PENDING)
def remove_update(incident_id: PublicId, update_id: PublicId, write: Writer) -> Response:
    """Remove an update from the page. The history of staff keeps it."""
    return write(
        lambda request: incident_or_pending(
            pending.submit(request.ctx, RemoveUpdate(incident_id, update_id)), request
        )
    )
