"""Console actions on the internal notes of an incident: write one, delete one."""

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.incidents import notes
from app.web.console.incidents.detail import incident_page
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import SubmittedForm
from app.web.console.kit.staff_request import Editor

__all__ = ["router"]

router = APIRouter(prefix="/incidents/{incident_id}/notes")

_ADDED = N_("The note is saved. Visitors do not see it.")
_DELETED = N_("The note is deleted.")


@router.post("")
def add_note(request: Editor, incident_id: str, form: SubmittedForm) -> Response:
    """Write a note."""

    def act(ctx: Ctx) -> str:
        notes.add_note(ctx, incident_id, form.text("body"))
        return _path(incident_id)

    return request.write(
        form,
        act,
        again=lambda: incident_page(request, form, incident_id),
        notice=request.translate(_ADDED),
    )


@router.post("/{note_id}/delete")
def delete_note(request: Editor, incident_id: str, note_id: str, form: SubmittedForm) -> Response:
    """Delete a note, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        notes.delete_note(ctx, incident_id, note_id)
        return _path(incident_id)

    def ask(ctx: Ctx) -> Question | None:
        note = next(
            (each for each in notes.list_notes(ctx, incident_id) if each.id == note_id), None
        )
        if note is None:
            # `act` refuses it.
            return None
        return Question(
            request.translate(N_("Delete the note?")),
            note.body,
            request.translate(N_("Delete the note")),
            _path(incident_id),
        )

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: incident_page(request, form, incident_id),
        notice=request.translate(_DELETED),
    )


def _path(incident_id: str) -> str:
    return f"/console/incidents/{incident_id}#notes"
