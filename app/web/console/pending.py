"""Console screens of pending texts: withdraw, approve, refuse, rewrite, dismiss."""

from contextlib import suppress

from fastapi import APIRouter, Response

from app.domain.errors import ForbiddenError, FyrError, InvalidError
from app.domain.permissions import Action, may
from app.domain.publication import Outcome, PreviewContent
from app.domain.texts.phrases import N_
from app.rendering.console.previews import render_previews
from app.usecases.context import Ctx
from app.usecases.four_eyes import is_same_person
from app.usecases.publication import form_drafts, pending
from app.usecases.publication.pending import PendingText
from app.web.console.compose.audience import audience_of
from app.web.console.compose.command_forms import address_of, fields_of, subject_path
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Editor, StaffRequest, Viewer
from app.web.console.pending_view import view_of

__all__ = ["router"]

router = APIRouter(prefix="/pending-texts")

_UNDONE = N_("Withdrawn. Visitors did not see it, and your text is below.")
_REFUSED = N_("Refused. Visitors did not see the text; the author is notified in the console.")
_SENT = N_("Visitors see it now.")


@router.get("/{pending_text_id}")
def show(request: Viewer, pending_text_id: str) -> Response:
    """A pending text; once it is published, a redirect to its subject."""
    text = pending.get_pending(request.ctx, pending_text_id)
    if text.outcome is Outcome.SENT:
        return request.redirect(subject_path(text.subject), request.translate(_SENT))
    return _page(request, Form(), text)


@router.post("/{pending_text_id}/withdraw")
def withdraw(request: Editor, pending_text_id: str, form: SubmittedForm) -> Response:
    """Withdraw one's own text, which goes back into its form, or refuse another author's."""
    text = pending.get_pending(request.ctx, pending_text_id)
    is_own = is_same_person(request.me.actor, text.author)

    def act(ctx: Ctx) -> str:
        pending.withdraw(ctx, pending_text_id, remark=form.text("remark"))
        return _back_into_form(request, ctx, text) if is_own else "/console/"

    notice = request.translate(_UNDONE if is_own else _REFUSED)
    return request.write(
        form, act, again=lambda: _again(request, form, pending_text_id), notice=notice
    )


@router.post("/{pending_text_id}/approve")
def approve(request: Editor, pending_text_id: str, form: SubmittedForm) -> Response:
    """Publish a pending text now."""

    def act(ctx: Ctx) -> str:
        try:
            return subject_path(
                pending.approve(ctx, pending_text_id, seen=form.text("seen")).subject
            )
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error

    notice = request.translate(_SENT)
    return request.write(
        form, act, again=lambda: _again(request, form, pending_text_id), notice=notice
    )


@router.post("/{pending_text_id}/rewrite")
def rewrite(request: Editor, pending_text_id: str, form: SubmittedForm) -> Response:
    """Put a text that was refused or has failed back into its form."""
    text = pending.get_pending(request.ctx, pending_text_id)

    def act(ctx: Ctx) -> str:
        if text.outcome is Outcome.FAILED:
            pending.withdraw(ctx, pending_text_id)
        elif text.outcome is Outcome.REFUSED:
            pending.dismiss(ctx, pending_text_id)
        return _back_into_form(request, ctx, text)

    return request.write(form, act, again=lambda: _again(request, form, pending_text_id))


@router.post("/{pending_text_id}/dismiss")
def dismiss(request: Editor, pending_text_id: str, form: SubmittedForm) -> Response:
    """Confirm having read that one's own text was refused."""

    def act(ctx: Ctx) -> str:
        try:
            pending.dismiss(ctx, pending_text_id)
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error
        return "/console/"

    return request.write(form, act, again=lambda: _again(request, form, pending_text_id))


def _back_into_form(request: StaffRequest, ctx: Ctx, text: PendingText) -> str:
    """Save the text as the draft of its form; the path of the form, or of the first screen."""
    address = address_of(text.command)
    if address is None:
        return "/console/"
    form_drafts.save_draft(ctx, address.place, fields_of(request, text.command))
    return address.path


def _again(request: StaffRequest, form: Form, pending_text_id: str) -> Response:
    return _page(request, form, pending.get_pending(request.ctx, pending_text_id))


def _page(request: StaffRequest, form: Form, text: PendingText) -> Response:
    page, content = request.chrome.page, _content(request, text)
    command = text.command
    shown = content or PreviewContent(text=command.new_text() or command.new_title())
    return request.page(
        "pending_text",
        form=form,
        pending=view_of(request, text),
        content=content,
        audience=None if content is None else audience_of(request.ctx, page, command, content),
        previews=render_previews(page, shown),
        removed=render_previews(page, PreviewContent(text=shown.removed)),
        seen=pending.version_of(request.ctx, text) or "",
    )


def _content(request: StaffRequest, text: PendingText) -> PreviewContent | None:
    """What approving the text would change; None if it would fail, and for a viewer."""
    if text.outcome in {None, Outcome.FAILED} and may(request.me.user.role, Action.EDIT):
        with suppress(FyrError):
            return pending.dry_run_as_author(request.ctx, text)
    return None
