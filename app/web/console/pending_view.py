"""View model of a pending text in the console."""

from dataclasses import dataclass

from app.domain.errors import NotFoundError
from app.domain.permissions import Action, may
from app.domain.publication import PendingReason, Subject
from app.domain.texts.phrases import Text
from app.usecases.four_eyes import is_same_person
from app.usecases.publication import pending
from app.usecases.publication.pending import PendingText
from app.usecases.publication.subjects import subject_title
from app.web.console.compose.command_forms import COMMAND_FORMS, address_of, subject_path
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["PendingView", "list_about", "list_pending", "list_refused", "view_of"]


@dataclass(frozen=True, slots=True)
class PendingView:
    """A pending text and what a page shows besides its fields.

    `action` describes the command; `title` is the title of the subject. After `seconds` the text
    is published automatically. `back` is the page of the subject, None without one.
    """

    text: PendingText
    action: str
    title: Text | None
    is_own: bool
    needs_second_person: bool
    may_approve: bool
    may_rewrite: bool
    seconds: int | None
    back: str | None


def list_pending(request: StaffRequest) -> list[PendingView]:
    """The texts that are pending or have failed, oldest first."""
    return [view_of(request, each) for each in pending.list_pending(request.ctx)]


def list_about(request: StaffRequest, subject: Subject) -> list[PendingView]:
    """The texts about one subject that are pending or have failed, oldest first."""
    return [each for each in list_pending(request) if each.text.subject == subject]


def list_refused(request: StaffRequest) -> list[PendingView]:
    """The refused texts of the user that are not dismissed, oldest first."""
    return [view_of(request, each) for each in pending.list_refused(request.ctx)]


def view_of(request: StaffRequest, text: PendingText) -> PendingView:
    """The view of one pending text."""
    command = text.command
    is_own = is_same_person(request.me.actor, text.author)
    needs_second_person = text.reason is PendingReason.SECOND_PERSON
    may_edit = may(request.me.user.role, Action.EDIT)
    left = None if text.due_at is None else (text.due_at - request.ctx.now).total_seconds()
    title, back = _subject(request, command.subject)
    return PendingView(
        text=text,
        action=request.translate(COMMAND_FORMS[command.kind].action),
        title=title or command.new_title(),
        is_own=is_own,
        needs_second_person=needs_second_person,
        may_approve=pending.may_approve(request.ctx, text),
        may_rewrite=may_edit and address_of(command) is not None,
        seconds=None if left is None else max(0, round(left)),
        back=back,
    )


def _subject(request: StaffRequest, subject: Subject) -> tuple[Text | None, str | None]:
    """The present title of the subject and its page; neither before and after it exists."""
    if subject.id is None:
        return None, None
    try:
        title = subject_title(request.ctx, subject)
    except NotFoundError:
        return None, None
    return title, subject_path(subject)
