from fastapi import APIRouter, Response

from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import pending
from app.usecases.publication.commands import Done
from app.web.api.fields import ListResponse, PublicId
from app.web.api.incidents.incident_schemas import Incident
from app.web.api.json_route import JsonRoute
from app.web.api.maintenances.maintenance_schemas import Maintenance
from app.web.api.pending_text_schemas import Approval, PendingText, Refusal
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/pending-texts", tags=["pending texts"], route_class=JsonRoute)


@router.get("")
def list_pending_texts(request: Reader) -> ListResponse[PendingText]:
    """Texts that are pending or have failed; then the refused texts of the caller that are not
    dismissed.
    """
    found = (*pending.list_pending(request.ctx), *pending.list_refused(request.ctx))
    return ListResponse(items=[PendingText.of(each, request) for each in found], next=None)


@router.get("/{pending_text_id}")
def get_pending_text(pending_text_id: PublicId, request: Reader) -> PendingText:
    """One pending text, also after the decision."""
    return PendingText.of(pending.get_pending(request.ctx, pending_text_id), request)


@router.post("/{pending_text_id}/approve", response_model=Incident | Maintenance)
def approve_pending_text(pending_text_id: PublicId, approval: Approval, write: Writer) -> Response:
    """Publish what was read, now. An author cannot approve a text that needs a second person."""
    return write(
        lambda request: _subject(
            pending.approve(request.ctx, pending_text_id, seen=approval.seen), request
        )
    )


@router.post("/{pending_text_id}/refuse", response_model=PendingText)
def refuse_pending_text(pending_text_id: PublicId, refusal: Refusal, write: Writer) -> Response:
    """Refuse it, with a reason for its author. It is not published."""

    def act(request: ApiRequest) -> PendingText:
        return PendingText.of(
            pending.withdraw(request.ctx, pending_text_id, remark=refusal.remark), request
        )

    return write(act)


@router.post("/{pending_text_id}/withdraw", response_model=PendingText)
def withdraw_pending_text(pending_text_id: PublicId, write: Writer) -> Response:
    """Withdraw one's own text, or refuse another author's. It is not published."""
    return write(
        lambda request: PendingText.of(pending.withdraw(request.ctx, pending_text_id), request)
    )


@router.post("/{pending_text_id}/dismiss", response_model=PendingText)
def dismiss_pending_text(pending_text_id: PublicId, write: Writer) -> Response:
    """Confirm having read that one's own text was refused. It can still be read."""
    return write(
        lambda request: PendingText.of(pending.dismiss(request.ctx, pending_text_id), request)
    )


def _subject(done: Done, request: ApiRequest) -> Incident | Maintenance:
    """The incident or maintenance that a command has changed."""
    if isinstance(done, StaffIncident):
        return Incident.of(done, request)
    return Maintenance.of(done, request)
