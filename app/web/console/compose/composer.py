"""Composer: a form for a text that visitors will read, with preview, draft and saved replies.

The buttons of the form are values of the field `do`. `preview`, `reply`, `insert` and `sentence`
show the form again, `forget` deletes the draft, and any other value sends the form. The script of
the console presses `preview` while a user types, which saves the draft.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from fastapi import Response
from starlette.background import BackgroundTask

from app.domain.errors import ConflictError, FyrError, InvalidError, UnavailableError
from app.domain.incidents.saved_replies import fill, placeholders
from app.domain.permissions import Role
from app.domain.publication import SubjectKind
from app.domain.statuses import IncidentStatus, MaintenanceStatus
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.phrases import N_, Text
from app.domain.texts.standard_sentences import STANDARD_SENTENCES
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n.standard_sentences import sentence_text
from app.rendering.console.error_messages import error_message as message_of
from app.rendering.console.previews import Preview, render_previews
from app.rendering.text.machine_language import locale_for
from app.usecases.context import Ctx
from app.usecases.page import settings, translation_provider
from app.usecases.publication import form_drafts, pending, saved_replies, templates
from app.usecases.publication.commands import AnyCommand, Done
from app.usecases.publication.pending import PendingText
from app.usecases.publication.saved_replies import SavedReply
from app.usecases.subscribers.availability import can_notify
from app.web.console.compose.audience import AudienceLine, audience_of
from app.web.console.compose.command_forms import subject_path
from app.web.console.compose.form_drafts import draft_of, template_fields, with_draft
from app.web.console.compose.suggestions import (
    FormTexts,
    SuggestionResult,
    record_result,
    request_suggestions,
)
from app.web.console.kit import cookies
from app.web.console.kit.forms.forms import Form
from app.web.console.kit.forms.text_origins import (
    READ,
    made_field,
    mark_of,
    origin_fields,
    shown_origins,
)
from app.web.console.kit.staff_request import StaffRequest

__all__ = ["Composer", "path_after"]

_BACKDATED = timedelta(days=1)
_UNTICKED = N_(
    "The time is more than a day ago, so subscribers are not notified. Choose Notify subscribers "
    "again if they should be, then publish."
)


def path_after(result: Done | PendingText) -> str:
    """The page to show after a submission: of the pending text, or of its subject."""
    if isinstance(result, PendingText):
        return f"/console/pending-texts/{result.id}"
    return subject_path(result.subject)


class Composer(ABC):
    """One form that makes a publication command.

    `place` is the place of its draft, `path` its own path, `back` the page that led to it.
    `template_kind` is the kind of the templates that fill the form; None for a form without.
    """

    template: str
    template_kind: SubjectKind | None = None
    place: str
    path: str
    back: str

    def __init__(self, request: StaffRequest, form: Form) -> None:
        self.request = request
        self.form = form
        self.previews: tuple[Preview, ...] = ()
        self.audience: tuple[AudienceLine, ...] | None = None
        # The language whose field gets the focus; empty for none.
        self.focused = ""
        self.suggestions: SuggestionResult | None = None
        self._result: Done | PendingText | None = None

    @property
    def suggests(self) -> bool:
        """Whether the form offers translations of a machine."""
        return translation_provider.is_on(self.request.ctx)

    @abstractmethod
    def command(self, ctx: Ctx, /) -> AnyCommand | None:
        """The command that the form describes; None without a change. Raises InvalidError."""

    @abstractmethod
    def values(self) -> Mapping[str, object]:
        """The values of the template besides the form."""

    @abstractmethod
    def initial_form(self) -> Form:
        """The form before anything was typed."""

    def former_texts(self) -> Mapping[str, Text]:
        """The stored texts that the form edits, by field: `title`, `body`; none for a new text."""
        return {}

    def former_is_public(self) -> bool:
        """Whether visitors can read the stored texts that the form edits."""
        return False

    def sentence_statuses(self) -> Sequence[IncidentStatus | MaintenanceStatus]:
        """The statuses whose standard sentences are offered; none by default."""
        return ()

    def sentence_services(self) -> Sequence[Text]:
        """The names of the services that a standard sentence names."""
        return ()

    def backdated_to(self) -> datetime | None:
        """The time that the form gives to its text; None for now, and for forms without one."""
        return None

    def success_message(self) -> str | None:
        """The message of the next page when the command was executed at once."""
        return None

    def show(self) -> Response:
        """The form with the draft of the user, or its initial values."""
        chosen = self.request.http.query_params.get("template", "")
        if self.template_kind is not None and chosen:
            template = templates.get_template(self.request.ctx, chosen)
            self.form = with_draft(self.initial_form(), template.fields)
            if self.request.http.query_params.get("edit"):
                edited = (("template_id", template.id), ("template_name", template.name))
                self.form.fields += edited
            return self.page(draft_saved_at=None)
        draft = form_drafts.read_draft(self.request.ctx, self.place)
        self.form = self.initial_form()
        for name, text in self.former_texts().items():
            if isinstance(text, LocalizedText):
                self.form.fields += origin_fields(name, dict(text), text.origins).fields
        if draft is not None:
            self.form = with_draft(self.form, draft.fields)
        shown = self.request.http.query_params.get("shown_language", "")
        if shown in self.request.chrome.page.languages:
            self.set_field("shown_language", shown)
            self.focused = shown
        return self.page(draft_saved_at=None if draft is None else draft.saved_at)

    def handle(self) -> Response:
        """The response to the button that was pressed."""
        button = self.form.text("do")
        is_unticked = self._untick_backdated()
        if button == "preview":
            return self._preview()
        if button in {"reply", "insert"}:
            return self._saved_reply(button)
        if button in _TEXT_BUTTONS:
            return _TEXT_BUTTONS[button](self)
        if button == "forget":
            return self._delete_draft()
        if is_unticked:
            self.form.refuse(self.request.translate(_UNTICKED), at="backdated")
            return self.show_again()
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
            "audience": self.audience,
            "undo_seconds": page_settings.undo_seconds,
            "can_notify": can_notify(self.request.ctx),
            # The rule is that of app.domain.publication.needs_second_person.
            "needs_approval": page_settings.four_eyes and is_editor,
            **self.values(),
            **more,
        }
        reader = locale_for(self.request.chrome.page, self.request.chrome.language)
        services = self.sentence_services()
        return self.request.page(
            self.template,
            form=self.form,
            composer=self,
            sentences=[
                (code, sentence_text(each, services, reader))
                for code, each in STANDARD_SENTENCES.items()
                if each.status in self.sentence_statuses()
            ],
            templates=(
                templates.list_templates(self.request.ctx, self.template_kind)
                if self.template_kind
                else ()
            ),
            open_gaps=self._open_gaps(),
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
                page = self.request.chrome.page
                self.previews = render_previews(page, content, self._previewed())
                self.audience = audience_of(self.request.ctx, page, command, content)
        except (InvalidError, ConflictError) as error:
            self.add_error(error)
        answer = self.page(draft_saved_at=saved_at)
        if is_postponed:
            answer.background = BackgroundTask(self._save_draft_later)
        return answer

    def _previewed(self) -> Sequence[str]:
        """The languages to preview: those that the form shows, and the one that is open."""
        languages = self.request.composed_languages
        opened = self.form.text("shown_language")
        return (*languages.shown, *(tag for tag in languages.others if tag == opened))

    def _untick_backdated(self) -> bool:
        """Turn off the notification of a text that is back-dated more than a day, once.

        Ticking it again notifies them. Returns whether it was turned off now.
        """
        try:
            at = self.backdated_to()
        except InvalidError:
            return False  # the command reports it
        is_old = at is not None and self.request.ctx.now - at > _BACKDATED
        if not (is_old and can_notify(self.request.ctx)):
            self.set_field("backdated", "")
            return False
        is_new = self.form.text("backdated") != "yes"
        self.set_field("backdated", "yes")
        if not (is_new and self.form.has("notify")):
            return False
        self.form.fields = tuple(each for each in self.form.fields if each[0] != "notify")
        return True

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
            self._append(tag, fill(text, values))

    def insert_sentence(self) -> Response:
        """The form with a standard sentence at the end of the text in each language."""
        sentence = STANDARD_SENTENCES.get(self.form.text("sentence"))
        if sentence is not None:
            page, services = self.request.chrome.page, self.sentence_services()
            for tag in page.languages:
                text = sentence_text(sentence, services, locale_for(page, tag))
                self._append(tag, text, TextOrigin(OriginKind.STANDARD_SENTENCE))
        return self.page(draft_saved_at=None)

    def suggest_translations(self) -> Response:
        """The form with translations of a machine in the fields that nobody has written."""
        texts = FormTexts(
            self.form, self.former_texts(), self.former_is_public(), self._previewed()
        )
        self.suggestions = result = request_suggestions(self.request, texts)
        if result is None:
            return self.page(draft_saved_at=None)
        read = {(READ, f"{name}:{tag}") for name, tag in result.found.texts}
        self.form.fields = tuple(each for each in self.form.fields if each not in read)
        for (name, tag), text in result.found.texts.items():
            origin = TextOrigin(OriginKind.MACHINE, result.provider)
            self.set_text(f"{name}:{tag}", text, origin)
        answer = self.page(draft_saved_at=None)
        answer.background = BackgroundTask(record_result, self.request.app, result, self.request)
        return answer

    def fill_gaps(self) -> Response:
        """The form with the placeholders of its titles and texts filled."""
        values = {name: self.form.text(f"gap:{name}").strip() for name in self._open_gaps()}
        origins = {
            f"{name}:{tag}": origin
            for name in ("title", "body")
            for tag, origin in shown_origins(self.form, name).items()
        }
        for name in self._text_fields():
            self.set_text(name, fill(self.form.text(name), values), origins.get(name))
        return self.page(draft_saved_at=None)

    def save_template(self) -> Response:
        """Save the fields of the form as a template: a new one, or the one that is edited."""
        if self.template_kind is None:
            return self.page(draft_saved_at=None)
        kind, fields = self.template_kind, template_fields(self.form)

        def act(ctx: Ctx) -> str:
            name, edited = self.form.text("template_name"), self.form.text("template_id")
            if edited:
                templates.edit_template(ctx, edited, name, kind, fields)
            else:
                templates.add_template(ctx, name, kind, fields)
            return "/console/templates"

        return self.request.write(
            self.form,
            act,
            again=self.show_again,
            notice=self.request.translate(N_("The template is saved.")),
        )

    def _open_gaps(self) -> tuple[str, ...]:
        """The placeholders in the titles and texts of the form, each once."""
        texts = (self.form.text(name) for name in self._text_fields())
        return tuple(dict.fromkeys(gap for text in texts for gap in placeholders(text)))

    def _text_fields(self) -> tuple[str, ...]:
        names = (name for name, _ in self.form.fields if name.startswith(("title:", "body:")))
        return tuple(dict.fromkeys(names))

    def _append(self, tag: str, text: str, origin: TextOrigin | None = None) -> None:
        """Add a text at the end of the one in the language `tag`.

        The whole has the `origin` if there was nothing before, or only texts of that origin; an
        addition does not make a translation of a machine one that was read.
        """
        typed = self.form.text(f"body:{tag}").strip()
        before = shown_origins(self.form, "body").get(tag)
        if typed and before != origin:
            origin = before if before is not None and before.kind is OriginKind.MACHINE else None
        self.set_text(f"body:{tag}", f"{typed}\n\n{text}" if typed else text, origin)

    def set_text(self, field: str, text: str, origin: TextOrigin | None) -> None:
        """Replace the text of a field such as `body:sv`, with the mark of its origin."""
        self.set_field(field, text)
        self.set_field(made_field(*field.split(":", 1)), mark_of(origin, text) if origin else "")


# Buttons that change the texts of the form, by the value of the field `do`.
_TEXT_BUTTONS: Mapping[str, Callable[[Composer], Response]] = {
    "fill": Composer.fill_gaps,
    "sentence": Composer.insert_sentence,
    "suggest": Composer.suggest_translations,
    "template": Composer.save_template,
}
