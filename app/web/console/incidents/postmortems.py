"""Console screen of a postmortem: begin from the facts, write, publish, withdraw."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_, Text
from app.rendering.postmortem_draft import draft
from app.rendering.text.machine_language import locale_for
from app.usecases.context import Ctx
from app.usecases.incidents.history import history_of
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.incidents.postmortems import postmortem_facts
from app.usecases.incidents.records import StaffIncident
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PutPostmortem, WithdrawPostmortem
from app.usecases.publication.pending import PendingText
from app.usecases.text_history import version_of
from app.web.console.compose.composer import Composer, path_after
from app.web.console.compose.messages import show_messages
from app.web.console.kit import cookies
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import (
    changed_text,
    initial_texts,
    no_change,
    translation_states,
)
from app.web.console.kit.staff_request import Editor, StaffRequest

__all__ = ["PostmortemComposer", "router"]

router = APIRouter(prefix="/incidents/{incident_id}/postmortem")

_WITHDRAWN = N_("The postmortem is no longer published. Its text is saved.")


@router.get("")
def postmortem(request: Editor, incident_id: str) -> Response:
    """The form of the postmortem; a new one begins with a draft made of the facts."""
    return PostmortemComposer(request, Form(), incident_id).show()


@router.post("")
def put_postmortem(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Publish, save, withdraw or preview the postmortem."""
    composer = PostmortemComposer(request, form, incident_id)
    if form.text("do") == "withdraw":
        return composer.withdraw()
    return composer.handle()


@router.post("/preview")
def preview_messages(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Preview the messages of the postmortem."""
    return show_messages(PostmortemComposer(request, form, incident_id))


class PostmortemComposer(Composer):
    """The postmortem. The button `keep` saves it unpublished."""

    template = "postmortem"

    def __init__(self, request: StaffRequest, form: Form, incident_id: str) -> None:
        super().__init__(request, form)
        self._id = incident_id
        self.back = f"/console/incidents/{incident_id}"
        self.path = f"{self.back}/postmortem"
        self.place = f"incident/{incident_id}/postmortem"

    def command(self, ctx: Ctx) -> PutPostmortem | None:
        staff = get_incident(ctx, self._id)
        former = staff.incident.postmortem
        publish = self.form.text("do") != "keep"
        body = changed_text(self.request, self.form, "body", former.body if former else None)
        notify = self.form.has("notify")
        if former is not None and staff.postmortem_published:
            notify = former.notify
        if body is None:
            if former is None or (publish, notify) == (staff.postmortem_published, former.notify):
                return None
            body = no_change(self.request, former.body)
        seen = self.form.text("seen") if former else None
        return PutPostmortem(self._id, body, publish, seen, notify)

    def values(self) -> Mapping[str, object]:
        staff = get_incident(self.request.ctx, self._id)
        former = staff.incident.postmortem
        return {
            "staff": staff,
            "incident": staff.incident,
            "begun": former is None,
            "former": history_of(self.request.ctx, self._id).former_postmortems,
            "translation_states": translation_states(
                self.request, self.form, "body", former.body if former else None
            ),
        }

    def former_texts(self) -> Mapping[str, Text]:
        postmortem = get_incident(self.request.ctx, self._id).incident.postmortem
        return {} if postmortem is None else {"body": postmortem.body}

    def former_is_public(self) -> bool:
        staff = get_incident(self.request.ctx, self._id)
        return staff.postmortem_published and staff.published_at is not None

    def initial_form(self) -> Form:
        staff = get_incident(self.request.ctx, self._id)
        former = staff.incident.postmortem
        if former is not None:
            return Form.filled(
                {
                    "body": initial_texts(self.request, former.body),
                    "seen": version_of(former.edited_at),
                    "notify": ["on"] if former.notify else [],
                }
            )
        # Other languages begin on request: a draft in every language would count as written.
        default = self.request.chrome.page.default_language
        body = {default: self._draft(default)}
        return Form.filled({"body": body, "seen": "", "notify": "on"})

    def handle(self) -> Response:
        button, _, tag = self.form.text("do").partition(":")
        if button == "begin" and tag in self.request.chrome.page.languages:
            self.set_field(f"body:{tag}", self._draft(tag))
            return self.page(draft_saved_at=None)
        return super().handle()

    def _draft(self, tag: str) -> str:
        return draft(
            postmortem_facts(self.request.ctx, self._id), locale_for(self.request.chrome.page, tag)
        )

    def withdraw(self) -> Response:
        """Unpublish the stored text; what was typed but not saved stays in the draft."""

        done: list[StaffIncident] = []

        def act(ctx: Ctx) -> str:
            postmortem = get_incident(ctx, self._id).incident.postmortem
            if postmortem is None:
                return self.back
            body = no_change(self.request, postmortem.body)
            result = pending.submit(ctx, WithdrawPostmortem(self._id, body))
            done[:] = [] if isinstance(result, PendingText) else [result]
            return path_after(result)

        answer = self.request.write(self.form, act, again=self.show_again)
        if done and not self.form.errors:
            cookies.write_notice(self.request.http, answer, self.request.translate(_WITHDRAWN))
        return answer
