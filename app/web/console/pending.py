"""Texts that wait before they leave: undone, approved, refused, or sent at once."""

from contextlib import suppress

from fastapi import APIRouter, Response

from app.domain.errors import ForbiddenError, FyrError, InvalidError, NotFoundError
from app.domain.incidents.pending import Outcome
from app.domain.permissions import Action, may
from app.domain.phrases import N_
from app.rendering.console.previews import Preview, text_previews
from app.usecases.context import Ctx
from app.usecases.publication import form_drafts, pending
from app.usecases.publication.commands import stamp_of, text_of, title_of
from app.usecases.publication.pending import PendingText
from app.web.console.compose.composer import leads_to
from app.web.console.compose.prefill import fields_of, form_of
from app.web.console.compose.previews import previews_of
from app.web.console.kit.forms import Form, Sent
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import one_waiting

__all__ = ["router"]

router = APIRouter(prefix="/held")

_UNDONE = N_("Undone. Nobody has seen it, and what you wrote is still here.")
_REFUSED = N_("Refused. Visitors never saw it; its author is told on their first page.")
_SENT = N_("Visitors see it now.")


@router.get("/{held_id}")
def one_held(request: Viewer, held_id: str) -> Response:
    """A text that waits; once it has left, this leads to what it is about."""
    held = pending.get_held(request.ctx, held_id)
    if held.outcome is Outcome.SENT and held.incident is not None:
        return request.leave(f"/console/incidents/{held.incident}", request.say(_SENT))
    if held.outcome is Outcome.SENT and held.maintenance is not None:
        return request.leave(f"/console/maintenances/{held.maintenance}", request.say(_SENT))
    return _page(request, Form(), held)


@router.post("/{held_id}/withdraw")
def withdraw(request: Editor, held_id: str, form: Sent) -> Response:
    """Undo one's own, or refuse somebody else's. One's own text goes back into its form."""
    held = pending.get_held(request.ctx, held_id)
    own = held.author == request.me.actor.name
    back = form_of(held.write)

    def act(ctx: Ctx) -> str:
        pending.withdraw(ctx, held_id, remark=form.text("remark"))
        if not own or back is None:
            return "/console/"
        form_drafts.keep_draft(ctx, back.place, fields_of(request, held.write))
        return back.path

    said = request.say(_UNDONE if own else _REFUSED)
    return request.write(form, act, again=lambda: _again(request, form, held_id), said=said)


@router.post("/{held_id}/approve")
def approve(request: Editor, held_id: str, form: Sent) -> Response:
    """Let it leave now."""

    def act(ctx: Ctx) -> str:
        try:
            return leads_to(pending.approve(ctx, held_id, seen=form.text("seen")))
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error

    said = request.say(_SENT)
    return request.write(form, act, again=lambda: _again(request, form, held_id), said=said)


@router.post("/{held_id}/rewrite")
def rewrite(request: Editor, held_id: str, form: Sent) -> Response:
    """Put what was refused, or could not leave, back into the form it came from."""
    held = pending.get_held(request.ctx, held_id)
    back = form_of(held.write)

    def act(ctx: Ctx) -> str:
        if held.outcome is Outcome.FAILED:
            pending.withdraw(ctx, held_id)
        elif held.outcome is Outcome.REFUSED:
            pending.dismiss(ctx, held_id)
        if back is None:
            return "/console/"
        form_drafts.keep_draft(ctx, back.place, fields_of(request, held.write))
        return back.path

    return request.write(form, act, again=lambda: _again(request, form, held_id))


@router.post("/{held_id}/dismiss")
def dismiss(request: Editor, held_id: str, form: Sent) -> Response:
    """Put the news away that one's own text was refused."""

    def act(ctx: Ctx) -> str:
        try:
            pending.dismiss(ctx, held_id)
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error
        return "/console/"

    return request.write(form, act, again=lambda: _again(request, form, held_id))


def _again(request: StaffRequest, form: Form, held_id: str) -> Response:
    return _page(request, form, pending.get_held(request.ctx, held_id))


def _page(request: StaffRequest, form: Form, held: PendingText) -> Response:
    shown = one_waiting(request, held)
    seen = "" if held.outcome is Outcome.SENT else _stamp(request, held)
    previews = _previews(request, held)
    return request.page("held", form=form, held=shown, previews=previews, seen=seen)


def _stamp(request: StaffRequest, held: PendingText) -> str:
    """What an approval is about; "" for what is there no more, which nobody can approve."""
    with suppress(NotFoundError):
        return stamp_of(request.ctx, held.write)
    return ""


def _previews(request: StaffRequest, held: PendingText) -> tuple[Preview, ...]:
    """All that visitors will read; of what cannot or may not be tried out, its text alone."""
    if held.outcome is None and may(request.me.member.role, Action.EDIT):
        with suppress(FyrError), request.app.database.writing(request.me.actor) as ctx:
            return previews_of(request, held.write, pending.rehearse(ctx, held.write))
    text = text_of(held.write) or title_of(held.write)
    return () if text is None else text_previews(request.chrome.page, text)
