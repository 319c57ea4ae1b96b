from fastapi import APIRouter, Response

from app.usecases.publication import pending
from app.web.api.fields import ListResponse, PublicId
from app.web.api.incidents.incident_schemas import Incident
from app.web.api.incidents.pending_schemas import PendingText, Refusal, subject_answer
from app.web.api.json_route import JsonRoute
from app.web.api.maintenances.maintenance_schemas import Maintenance
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/held", tags=["held"], route_class=JsonRoute)


@router.get("")
def list_held(request: Reader) -> ListResponse[PendingText]:
    """Texts that are pending or have failed; then the refused texts of the caller that are not
    dismissed.
    """
    found = (*pending.list_pending(request.ctx), *pending.list_refused(request.ctx))
    return ListResponse(items=[PendingText.of(each, request) for each in found], next=None)


@router.get("/{held_id}")
def get_held(held_id: PublicId, request: Reader) -> PendingText:
    """One pending text, also after the decision."""
    return PendingText.of(pending.get_pending(request.ctx, held_id), request)


@router.post("/{held_id}/approve", response_model=Incident | Maintenance)
def approve(held_id: PublicId, write: Writer) -> Response:
    """Publish it now. An author cannot approve a text that needs a second person."""
    return write(lambda request: subject_answer(pending.approve(request.ctx, held_id), request))


@router.post("/{held_id}/refuse", response_model=PendingText)
def refuse(held_id: PublicId, refusal: Refusal, write: Writer) -> Response:
    """Refuse it, with a reason for its author. It is not published."""

    def act(request: ApiRequest) -> PendingText:
        return PendingText.of(
            pending.withdraw(request.ctx, held_id, remark=refusal.remark), request
        )

    return write(act)


@router.post("/{held_id}/withdraw", response_model=PendingText)
def withdraw(held_id: PublicId, write: Writer) -> Response:
    """Withdraw one's own text, or refuse another author's. It is not published."""
    return write(lambda request: PendingText.of(pending.withdraw(request.ctx, held_id), request))


@router.post("/{held_id}/dismiss", response_model=PendingText)
def dismiss(held_id: PublicId, write: Writer) -> Response:
    """Confirm having read that one's own text was refused. It can still be read."""
    return write(lambda request: PendingText.of(pending.dismiss(request.ctx, held_id), request))
