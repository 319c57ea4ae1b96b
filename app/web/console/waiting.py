"""Texts that wait before they leave: undone, approved, refused, or sent at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from app.domain.errors import ForbiddenError, InvalidError
from app.domain.holding import Outcome, Reason
from app.domain.permissions import Action, may
from app.domain.phrases import N_, Text
from app.domain.statuses import IncidentStatus
from app.rendering.previews import text_previews
from app.usecases import drafts, holding
from app.usecases.context import Ctx
from app.usecases.holding import Held
from app.usecases.incidents import get_incident
from app.usecases.writes import (
    EditIncident,
    EditUpdate,
    OpenIncident,
    PostUpdate,
    Publish,
    PutPostmortem,
    Write,
    text_of,
)
from app.web.console.composing import leads_to
from app.web.console.desk import Desk, Editor, Viewer
from app.web.console.forms import Form, Sent
from app.web.console.instants import local
from app.web.console.texts import written

__all__ = ["Waiting", "router", "waiting"]

router = APIRouter(prefix="/held")

_UNDONE = N_("Undone. Nobody has seen it, and what you wrote is still here.")
_REFUSED = N_("Refused. Visitors never saw it; its author can read here that it was.")
_SENT = N_("Visitors see it now.")

# What a text does, by what it is; the words are in the catalogue of the console.
_DOES: Mapping[type, str] = {
    OpenIncident: N_("Opens an incident"),
    PostUpdate: N_("Posts an update"),
    EditUpdate: N_("Words an update anew"),
    EditIncident: N_("Changes the title"),
    Publish: N_("Shows a draft to visitors"),
    PutPostmortem: N_("Puts the postmortem on the page"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held text as a page shows it. `seconds` are left until it leaves by itself."""

    id: str
    does: str
    title: Text | None
    text: Text | None
    status: IncidentStatus | None
    author: str
    own: bool
    for_second_person: bool
    may_approve: bool
    seconds: int | None
    held_at: datetime
    outcome: Outcome | None
    failure: str | None
    incident: str | None
    decided_by: str | None
    rewritable: bool


def waiting(desk: Desk) -> list[Waiting]:
    """What waits or could not leave, oldest first."""
    return [_waiting(desk, each) for each in holding.list_held(desk.ctx)]


@router.get("/{held_id}")
def one_held(desk: Viewer, held_id: str) -> Response:
    """A text that waits; once it has left, this leads to its incident."""
    held = holding.get_held(desk.ctx, held_id)
    if held.outcome is Outcome.SENT and held.incident is not None:
        return desk.leave(f"/console/incidents/{held.incident}", desk.say(_SENT))
    return _page(desk, Form(), held)


@router.post("/{held_id}/withdraw")
def withdraw(desk: Editor, held_id: str, form: Sent) -> Response:
    """Undo one's own, or refuse somebody else's. One's own text goes back into its form."""
    held = holding.get_held(desk.ctx, held_id)
    own = held.author == desk.me.actor.name
    back = _form_of(held.write)

    def act(ctx: Ctx) -> str:
        holding.withdraw(ctx, held_id)
        if not own or back is None:
            return "/console/"
        drafts.keep_draft(ctx, back.place, _fields(desk, held.write))
        return back.path

    said = desk.say(_UNDONE if own else _REFUSED)
    return desk.write(form, act, again=lambda: _again(desk, form, held_id), said=said)


@router.post("/{held_id}/approve")
def approve(desk: Editor, held_id: str, form: Sent) -> Response:
    """Let it leave now."""

    def act(ctx: Ctx) -> str:
        try:
            return leads_to(holding.approve(ctx, held_id))
        except ForbiddenError as error:
            raise InvalidError(error.message, code=error.code) from error

    said = desk.say(_SENT)
    return desk.write(form, act, again=lambda: _again(desk, form, held_id), said=said)


@router.post("/{held_id}/rewrite")
def rewrite(desk: Editor, held_id: str, form: Sent) -> Response:
    """Put what was refused, or could not leave, back into the form it came from."""
    held = holding.get_held(desk.ctx, held_id)
    back = _form_of(held.write)

    def act(ctx: Ctx) -> str:
        if held.outcome is Outcome.FAILED:
            holding.withdraw(ctx, held_id)
        if back is None:
            return "/console/"
        drafts.keep_draft(ctx, back.place, _fields(desk, held.write))
        return back.path

    return desk.write(form, act, again=lambda: _again(desk, form, held_id))


def _again(desk: Desk, form: Form, held_id: str) -> Response:
    return _page(desk, form, holding.get_held(desk.ctx, held_id))


def _page(desk: Desk, form: Form, held: Held) -> Response:
    shown = _waiting(desk, held)
    previews = () if shown.text is None else text_previews(desk.shell.page, shown.text)
    return desk.page("held", form=form, held=shown, previews=previews)


def _waiting(desk: Desk, held: Held) -> Waiting:
    write = held.write
    own = held.author == desk.me.actor.name
    second = held.reason is Reason.SECOND_PERSON
    may_edit = may(desk.me.member.role, Action.EDIT)
    left = None if held.due_at is None else (held.due_at - desk.ctx.now).total_seconds()
    return Waiting(
        id=held.id,
        does=desk.say(_DOES[type(write)]),
        title=_title_of(desk, write),
        text=text_of(write),
        status=_status_of(write),
        author=held.author,
        own=own,
        for_second_person=second,
        may_approve=may_edit and not (own and second),
        seconds=None if left is None else max(0, round(left)),
        held_at=held.held_at,
        outcome=held.outcome,
        failure=held.failure,
        incident=held.incident,
        decided_by=held.decided_by,
        rewritable=may_edit and _form_of(write) is not None,
    )


def _title_of(desk: Desk, write: Write) -> Text | None:
    if isinstance(write, OpenIncident):
        return write.new.title
    return get_incident(desk.ctx, write.incident).incident.title


def _status_of(write: Write) -> IncidentStatus | None:
    match write:
        case OpenIncident(new):
            return new.first.status
        case PostUpdate(new=new):
            return new.status
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    place: str
    path: str


def _form_of(write: Write) -> _Place | None:
    """The form that a text came from; some come from none that keeps drafts."""
    match write:
        case OpenIncident():
            return _Place("incident/new", "/console/incidents/new")
        case PostUpdate(incident=incident):
            return _at(incident, "update")
        case EditUpdate(incident=incident, update=update):
            return _at(incident, f"updates/{update}")
        case PutPostmortem(incident=incident):
            return _at(incident, "postmortem")
    return None


def _at(incident: str, end: str) -> _Place:
    return _Place(f"incident/{incident}/{end}", f"/console/incidents/{incident}/{end}")


def _fields(desk: Desk, write: Write) -> dict[str, str]:
    """What had been typed, as the form names it."""
    fields: dict[str, str] = {}
    text = text_of(write)
    if text is not None:
        fields |= {f"body:{tag}": said for tag, said in written(desk, text).items()}
    first = None
    if isinstance(write, OpenIncident):
        fields |= {f"title:{tag}": said for tag, said in written(desk, write.new.title).items()}
        fields["impact"] = write.new.impact.value if write.new.impact else ""
        first, at = write.new.first, write.new.started_at
    elif isinstance(write, PostUpdate):
        first, at = write.new, write.new.posted_at
    if first is not None:
        fields["status"] = first.status.value
        fields |= {f"services:{slug}": status.value for slug, status in first.services.items()}
        fields["posted_at"] = "" if at is None else local(at, desk.shell.page)
    return fields
