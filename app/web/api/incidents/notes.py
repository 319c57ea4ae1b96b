from fastapi import APIRouter, Response

from app.usecases.incidents import notes
from app.web.api.fields import ListResponse, PublicId
from app.web.api.incidents.note_schemas import NewNote, Note
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(
    prefix="/incidents/{incident_id}/notes", tags=["incidents"], route_class=JsonRoute
)


@router.get("")
def list_notes(incident_id: PublicId, request: Reader) -> ListResponse[Note]:
    """All internal notes on an incident, newest first. Visitors never see them."""
    found = notes.list_notes(request.ctx, incident_id)
    return ListResponse(items=[Note.of(each) for each in found], next=None)


@router.post("", status_code=201, response_model=Note)
def add_note(incident_id: PublicId, new: NewNote, write: Writer) -> Response:
    """Write an internal note on an incident."""

    def act(request: ApiRequest) -> Note:
        return Note.of(notes.add_note(request.ctx, incident_id, new.body))

    return write(act, status=201)


@router.delete("/{note_id}", status_code=204)
def delete_note(incident_id: PublicId, note_id: PublicId, write: Writer) -> Response:
    """Delete an internal note. The audit log keeps that it existed."""
    return write(lambda request: notes.delete_note(request.ctx, incident_id, note_id), status=204)
