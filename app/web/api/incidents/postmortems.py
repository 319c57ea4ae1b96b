from fastapi import APIRouter, Response

from app.usecases.incidents.postmortems import postmortem_facts
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PutPostmortem, WithdrawPostmortem
from app.web.api.fields import PublicId
from app.web.api.incidents.incident_schemas import Incident, incident_or_pending
from app.web.api.incidents.postmortem_schemas import NewPostmortem, PostmortemDraft
from app.web.api.json_route import JsonRoute
from app.web.api.pending_text_schemas import PENDING, PendingText
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"], route_class=JsonRoute)


@router.get("/postmortem-draft")
def draft_postmortem(incident_id: PublicId, request: Reader) -> PostmortemDraft:
    """The facts of the incident, and a first draft of the postmortem."""
    return PostmortemDraft.of(postmortem_facts(request.ctx, incident_id), request)


@router.put("/postmortem", response_model=Incident, responses=PENDING)
def put_postmortem(incident_id: PublicId, new: NewPostmortem, write: Writer) -> Response:
    """Write or rewrite the postmortem of a resolved incident; publish or withdraw it."""

    def act(request: ApiRequest) -> Incident | PendingText:
        body = request.body(new.body)
        withdrawal = WithdrawPostmortem(incident_id, body)
        if not new.publish and withdrawal.is_public(request.ctx):
            return incident_or_pending(pending.submit(request.ctx, withdrawal), request)
        put = PutPostmortem(incident_id, body, new.publish, notify=new.notify)
        return incident_or_pending(pending.submit(request.ctx, put), request)

    return write(act)
