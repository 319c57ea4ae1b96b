"""Console screens of saved replies."""

from fastapi import APIRouter, Response

from app.domain.errors import NotFoundError
from app.domain.texts.phrases import N_
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.publication import saved_replies
from app.usecases.publication.saved_replies import SavedReply
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import translation_states
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/replies")

_PATH = "/console/replies"
_SAVED = N_("The reply is saved.")
_DELETED = N_("The reply is deleted. Updates that used it stay unchanged.")


@router.get("")
def list_page(request: Viewer) -> Response:
    """The saved replies by name: all, or those with the words of the search."""
    every = saved_replies.list_replies(request.ctx)
    search = NameSearch.of(request)
    found = [each for each in every if search.finds(each.name, each.body)]
    return request.page("replies", replies=found, search=search, count=len(every))


@router.get("/new")
def add_page(request: Editor) -> Response:
    """The form of a new saved reply."""
    return _page(request, Form(), None)


@router.post("/new")
def add(request: Editor, form: SubmittedForm) -> Response:
    """Add a saved reply."""

    def act(ctx: Ctx) -> str:
        saved_replies.add_reply(ctx, form.text("name"), request.body(form, "body"))
        return _PATH

    return request.write(
        form, act, again=lambda: _page(request, form, None), notice=request.translate(_SAVED)
    )


@router.get("/{reply_id}")
def edit_page(request: Editor, reply_id: str) -> Response:
    """The form of a saved reply."""
    reply = _found(request, reply_id)
    form = Form.filled({"name": reply.name, "body": texts_of(reply.body)})
    return _page(request, form, reply)


@router.post("/{reply_id}")
def edit(request: Editor, reply_id: str, form: SubmittedForm) -> Response:
    """Change the name or the text."""

    def act(ctx: Ctx) -> str:
        body = request.body(form, "body")
        saved_replies.edit_reply(ctx, reply_id, name=form.text("name"), body=body)
        return _PATH

    def again() -> Response:
        return _page(request, form, _found(request, reply_id))

    return request.write(form, act, again=again, notice=request.translate(_SAVED))


@router.post("/{reply_id}/delete")
def delete(request: Editor, reply_id: str, form: SubmittedForm) -> Response:
    """Delete a saved reply."""

    def act(ctx: Ctx) -> str:
        saved_replies.delete_reply(ctx, reply_id)
        return _PATH

    def again() -> Response:
        return _page(request, form, _found(request, reply_id))

    return request.write(form, act, again=again, notice=request.translate(_DELETED))


def _found(request: StaffRequest, reply_id: str) -> SavedReply:
    for each in saved_replies.list_replies(request.ctx):
        if each.id == reply_id:
            return each
    raise NotFoundError("There is no such saved reply.", code="reply_not_found")


def _page(request: StaffRequest, form: Form, reply: SavedReply | None) -> Response:
    return request.page(
        "reply",
        form=form,
        reply=reply,
        translation_states=translation_states(request, form, "body"),
    )
