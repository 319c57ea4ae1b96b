"""Texts that wait before they leave: undone, approved, refused, or sent at once."""

from contextlib import suppress

from fastapi import APIRouter, Response

from app.domain.errors import ForbiddenError, FyrError, InvalidError, NotFoundError
from app.domain.pending import Outcome
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
def one_held(desk: Viewer, held_id: str) -> Response:
    """A text that waits; once it has left, this leads to what it is about."""
    held = pending.get_held(desk.ctx, held_id)
    if held.outcome is Outcome.SENT and held.incident is not None:
        return desk.leave(f"/console/incidents/{held.incident}", desk.say(_SENT))
    if held.outcome is Outcome.SENT and held.maintenance is not None:
        return desk.leave(f"/console/maintenances/{held.maintenance}", desk.say(_SENT))
    return _page(desk, Form(), held)


@router.post("/{held_id}/withdraw")
def withdraw(desk: Editor, held_id: str, form: Sent) -> Response:
    """Undo one's own, or refuse somebody else's. One's own text goes back into its form."""
    held = pending.get_held(desk.ctx, held_id)
    own = held.author == desk.me.actor.name
    back = form_of(held.write)

    def act(ctx: Ctx) -> str:
        pending.withdraw(ctx, held_id, remark=form.text("remark"))
        if not own or back is None:
            return "/console/"
        form_drafts.keep_draft(ctx, back.place, fields_of(desk, held.write))
        return back.path

    said = desk.say(_UNDONE if own else _REFUSED)
    return desk.write(form, act, again=lambda: _again(desk, form, held_id), said=said)


@router.post("/{held_id}/approve")
def approve(desk: Editor, held_id: str, form: Sent) -> Response:
    """Let it leave now."""

    def act(ctx: Ctx) -> str:
        try:
            return leads_to(pending.approve(ctx, held_id, seen=form.text("seen")))
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error

    said = desk.say(_SENT)
    return desk.write(form, act, again=lambda: _again(desk, form, held_id), said=said)


@router.post("/{held_id}/rewrite")
def rewrite(desk: Editor, held_id: str, form: Sent) -> Response:
    """Put what was refused, or could not leave, back into the form it came from."""
    held = pending.get_held(desk.ctx, held_id)
    back = form_of(held.write)

    def act(ctx: Ctx) -> str:
        if held.outcome is Outcome.FAILED:
            pending.withdraw(ctx, held_id)
        elif held.outcome is Outcome.REFUSED:
            pending.dismiss(ctx, held_id)
        if back is None:
            return "/console/"
        form_drafts.keep_draft(ctx, back.place, fields_of(desk, held.write))
        return back.path

    return desk.write(form, act, again=lambda: _again(desk, form, held_id))


@router.post("/{held_id}/dismiss")
def dismiss(desk: Editor, held_id: str, form: Sent) -> Response:
    """Put the news away that one's own text was refused."""

    def act(ctx: Ctx) -> str:
        try:
            pending.dismiss(ctx, held_id)
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error
        return "/console/"

    return desk.write(form, act, again=lambda: _again(desk, form, held_id))


def _again(desk: StaffRequest, form: Form, held_id: str) -> Response:
    return _page(desk, form, pending.get_held(desk.ctx, held_id))


def _page(desk: StaffRequest, form: Form, held: PendingText) -> Response:
    shown = one_waiting(desk, held)
    seen = "" if held.outcome is Outcome.SENT else _stamp(desk, held)
    previews = _previews(desk, held)
    return desk.page("held", form=form, held=shown, previews=previews, seen=seen)


def _stamp(desk: StaffRequest, held: PendingText) -> str:
    """What an approval is about; "" for what is there no more, which nobody can approve."""
    with suppress(NotFoundError):
        return stamp_of(desk.ctx, held.write)
    return ""


def _previews(desk: StaffRequest, held: PendingText) -> tuple[Preview, ...]:
    """All that visitors will read; of what cannot or may not be tried out, its text alone."""
    if held.outcome is None and may(desk.me.member.role, Action.EDIT):
        with suppress(FyrError), desk.office.database.writing(desk.me.actor) as ctx:
            return previews_of(desk, held.write, pending.rehearse(ctx, held.write))
    text = text_of(held.write) or title_of(held.write)
    return () if text is None else text_previews(desk.shell.page, text)
