"""Internal notes on an incident: dated texts for staff, on no public surface.

A note changes nothing that visitors see, so neither the revision nor the owner of the incident
changes with it.
"""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.incidents import incident_notes
from app.db.tables import IncidentNoteRow, IncidentRow
from app.domain.ownership import ActorKind
from app.domain.permissions import Action, may
from app.domain.validation import BODY_LIMIT, check_text, is_public_id
from app.usecases import audit
from app.usecases.context import Ctx, new_id, required
from app.usecases.incidents.lifecycle import required_incident

__all__ = ["InternalNote", "add_note", "delete_note", "list_notes"]


@dataclass(frozen=True, slots=True)
class InternalNote:
    """A note of staff on an incident, and who wrote it.

    `actor` is None for readers who may not see names.
    """

    id: str
    body: str
    written_at: datetime
    actor_kind: ActorKind
    actor: str | None


def list_notes(ctx: Ctx, incident_id: str) -> tuple[InternalNote, ...]:
    """The notes on an incident, newest first. Names of actors are for users who may edit.

    Raises NotFoundError.
    """
    ctx.require(Action.READ)
    row = required_incident(ctx, incident_id)
    named = ctx.actor.role is None or may(ctx.actor.role, Action.EDIT)
    found = incident_notes.notes_of(ctx.session, row.id or 0)
    return tuple(_record(each, named=named) for each in found)


def add_note(ctx: Ctx, incident_id: str, body: str) -> InternalNote:
    """Write a note on an incident, also on a draft or a resolved one.

    Raises NotFoundError, InvalidError, ForbiddenError.
    """
    ctx.require(Action.EDIT)
    incident = required_incident(ctx, incident_id)
    note = IncidentNoteRow(
        public_id=new_id(),
        incident_id=incident.id or 0,
        body=check_text(body.replace("\r\n", "\n"), field="body", limit=BODY_LIMIT),
        written_at=ctx.now,
        actor_kind=ctx.actor.kind.value,
        actor_name=ctx.actor.name,
    )
    ctx.session.add(note)
    ctx.session.flush()
    _record_step(ctx, "note.add", note, incident)
    return _record(note, named=True)


def delete_note(ctx: Ctx, incident_id: str, note_id: str) -> None:
    """Delete a note; the audit log keeps that it existed, not its text.

    Raises NotFoundError, ForbiddenError.
    """
    ctx.require(Action.EDIT)
    incident = required_incident(ctx, incident_id)
    note = None
    if is_public_id(note_id):
        note = incident_notes.find_note(ctx.session, incident.id or 0, note_id)
    note = required(note, "This incident has no such note.", code="note_not_found")
    ctx.session.delete(note)
    _record_step(ctx, "note.delete", note, incident)


def _record_step(ctx: Ctx, action: str, note: IncidentNoteRow, incident: IncidentRow) -> None:
    # The subject is the note: entries about the incident are changes that an approval of its texts
    # compares.
    after = {"incident": incident.public_id}
    audit.record(ctx, action, "note", note.public_id, after=after)


def _record(row: IncidentNoteRow, *, named: bool) -> InternalNote:
    return InternalNote(
        row.public_id,
        row.body,
        row.written_at,
        ActorKind(row.actor_kind),
        row.actor_name if named else None,
    )
