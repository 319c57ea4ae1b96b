"""Composer: a form for a text that visitors will read, with preview, draft and saved replies.

The buttons of the form are values of the field `do`. `preview`, `reply` and `insert` show the form
again, `forget` deletes the draft, and any other value sends the form. The script of the console
presses `preview` while a user types, which saves the draft.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from fastapi import Response
from starlette.background import BackgroundTask

from app.domain.errors import ConflictError, FyrError, InvalidError, UnavailableError
from app.domain.incidents.saved_replies import fill
from app.domain.permissions import Role
from app.rendering.console.error_messages import error_message as message_of
from app.rendering.console.previews import Preview, render_previews
from app.usecases.context import Ctx
from app.usecases.page import settings
from app.usecases.publication import form_drafts, pending, saved_replies
from app.usecases.publication.commands import AnyCommand, Done
from app.usecases.publication.pending import PendingText
from app.usecases.publication.saved_replies import SavedReply
from app.web.console.compose.command_forms import subject_path
from app.web.console.compose.form_drafts import draft_of, with_draft
from app.web.console.kit import cookies
from app.web.console.kit.forms import Form
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["Composer", "path_after"]


def path_after(result: Done | PendingText) -> str:
    """The page to show after a submission: of the pending text, or of its subject."""
    if isinstance(result, PendingText):
        return f"/console/pending-texts/{result.id}"
    return subject_path(result.subject)


class Composer(ABC):
    """One form that makes a publication command.

    `place` is the place of its draft, `path` its own path, `back` the page that led to it.
    """

    template: str
    place: str
    path: str
    back: str

    def __init__(self, request: StaffRequest, form: Form) -> None:
        self.request = request
        self.form = form
        self.previews: tuple[Preview, ...] = ()
        self._result: Done | PendingText | None = None

    @abstractmethod
    def command(self, ctx: Ctx, /) -> AnyCommand | None:
        """The command that the form describes; None without a change. Raises InvalidError."""

    @abstractmethod
    def values(self) -> Mapping[str, object]:
        """The values of the template besides the form."""

    @abstractmethod
    def initial_form(self) -> Form:
        """The form before anything was typed."""

    def success_message(self) -> str | None:
        """The message of the next page when the command was executed at once."""
        return None

    def show(self) -> Response:
        """The form with the draft of the user, or its initial values."""
        draft = form_drafts.read_draft(self.request.ctx, self.place)
        self.form = self.initial_form()
        if draft is not None:
            self.form = with_draft(self.form, draft.fields)
        return self.page(draft_saved_at=None if draft is None else draft.saved_at)

    def handle(self) -> Response:
        """The response to the button that was pressed."""
        button = self.form.text("do")
        if button == "preview":
            return self._preview()
        if button in {"reply", "insert"}:
            return self._saved_reply(button)
        if button == "forget":
            return self._delete_draft()
        answer = self.request.write(self.form, self._submit, again=self.show_again)
        message = self.success_message()
        if (
            message is not None
            and self._result is not None
            and not isinstance(self._result, PendingText)
        ):
            cookies.write_notice(self.request.http, answer, message)
        return answer

    def show_again(self) -> Response:
        """The form as it was typed. After a conflict it is based on the present state."""
        if self.form.status == 409:
            self.set_field("seen", self.initial_form().text("seen"))
        return self.page(draft_saved_at=None)

    def page(self, **more: object) -> Response:
        """The page with the form."""
        page_settings = settings.page_settings(self.request.ctx)
        is_editor = self.request.me.user.role is Role.EDITOR
        values = {
            "chosen": None,
            "previews": self.previews,
            "undo_seconds": page_settings.undo_seconds,
            # The rule is that of app.domain.publication.needs_second_person.
            "needs_approval": page_settings.four_eyes and is_editor,
            **self.values(),
            **more,
        }
        return self.request.page(
            self.template,
            form=self.form,
            composer=self,
            replies=saved_replies.list_replies(self.request.ctx),
            **values,
        )

    def add_error(self, error: FyrError) -> None:
        """Show an error beside its field."""
        status = 409 if isinstance(error, ConflictError) else 422
        self.form.refuse(message_of(error, self.request.locale), at=error.field, status=status)

    def set_field(self, name: str, value: str) -> None:
        """Replace the value of a field."""
        others = tuple(each for each in self.form.fields if each[0] != name)
        self.form.fields = (*others, (name, value))

    def _submit(self, ctx: Ctx) -> str:
        command = self.command(ctx)
        form_drafts.delete_draft(ctx, self.place)
        if command is None:
            return self.back
        self._result = pending.submit(ctx, command, undoable=True)
        return path_after(self._result)

    def _preview(self) -> Response:
        # The preview itself only reads. Saving the draft writes, but nobody waits for the write:
        # while another transaction holds the write lock, it follows after the response.
        saved_at, is_postponed = None, False
        if self.form.texts("body") or self.form.texts("title"):
            try:
                saved_at = self._save_draft(wait=False)
            except InvalidError as error:
                self.add_error(error)
            except UnavailableError as error:
                if error.code != "database_busy":
                    raise
                is_postponed = True
        try:
            command = self.command(self.request.ctx)
            if command is not None:
                content = pending.dry_run(self.request.ctx, command)
                self.previews = render_previews(self.request.chrome.page, content)
        except (InvalidError, ConflictError) as error:
            self.add_error(error)
        answer = self.page(draft_saved_at=saved_at)
        if is_postponed:
            answer.background = BackgroundTask(self._save_draft_later)
        return answer

    def _save_draft(self, *, wait: bool) -> datetime:
        with self.request.app.database.writing(self.request.me.actor, wait=wait) as ctx:
            return form_drafts.save_draft(ctx, self.place, draft_of(self.form)).saved_at

    def _save_draft_later(self) -> None:
        # The response has left; the next keystroke saves the draft again.
        with suppress(FyrError):
            self._save_draft(wait=True)

    def _delete_draft(self) -> Response:
        with self.request.app.database.writing(self.request.me.actor) as ctx:
            form_drafts.delete_draft(ctx, self.place)
        return self.request.redirect(self.path)

    def _saved_reply(self, button: str) -> Response:
        known = saved_replies.list_replies(self.request.ctx)
        chosen = next((each for each in known if each.id == self.form.text("reply")), None)
        if chosen is None or (button == "reply" and chosen.placeholders):
            return self.page(draft_saved_at=None, chosen=chosen)
        self._insert(chosen)
        return self.page(draft_saved_at=None)

    def _insert(self, reply: SavedReply) -> None:
        values = {name: self.form.text(f"gap:{name}").strip() for name in reply.placeholders}
        for tag, text in reply.body:
            typed = self.form.text(f"body:{tag}").strip()
            filled = fill(text, values)
            self.set_field(f"body:{tag}", f"{typed}\n\n{filled}" if typed else filled)
