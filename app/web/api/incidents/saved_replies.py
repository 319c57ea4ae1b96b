from fastapi import APIRouter, Response

from app.usecases.publication import saved_replies
from app.web.api.fields import ListResponse, PublicId
from app.web.api.incidents.saved_reply_schemas import NewSavedReply, SavedReply, SavedReplyChange
from app.web.api.json_route import JsonRoute
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/saved-replies", tags=["saved replies"], route_class=JsonRoute)


@router.get("")
def list_saved_replies(request: Reader) -> ListResponse[SavedReply]:
    """All saved replies, by name."""
    return ListResponse(
        items=[SavedReply.of(each) for each in saved_replies.list_replies(request.ctx)], next=None
    )


@router.post("", status_code=201, response_model=SavedReply)
def add_saved_reply(new: NewSavedReply, write: Writer) -> Response:
    """Add a saved reply."""

    def act(request: ApiRequest) -> SavedReply:
        return SavedReply.of(saved_replies.add_reply(request.ctx, new.name, request.body(new.body)))

    return write(act, status=201)


@router.patch("/{reply_id}", response_model=SavedReply)
def edit_saved_reply(reply_id: PublicId, change: SavedReplyChange, write: Writer) -> Response:
    """Change the name, or the text in all languages."""

    def act(request: ApiRequest) -> SavedReply:
        body = None if change.body is None else request.body(change.body)
        return SavedReply.of(
            saved_replies.edit_reply(request.ctx, reply_id, name=change.name, body=body)
        )

    return write(act)


@router.delete("/{reply_id}", status_code=204)
def delete_saved_reply(reply_id: PublicId, write: Writer) -> Response:
    """Delete a saved reply. Texts made from it stay."""
    return write(lambda request: saved_replies.delete_reply(request.ctx, reply_id), status=204)
