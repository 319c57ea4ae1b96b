"""Queries on internal notes of incidents, for staff only."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.db.tables import IncidentNoteRow

__all__ = ["find_note", "notes_of"]


def notes_of(session: Session, incident_id: int) -> Sequence[IncidentNoteRow]:
    """The notes of an incident, newest first."""
    return session.exec(
        select(IncidentNoteRow)
        .where(IncidentNoteRow.incident_id == incident_id)
        .order_by(col(IncidentNoteRow.written_at).desc(), col(IncidentNoteRow.id).desc())
    ).all()


def find_note(session: Session, incident_id: int, public_id: str) -> IncidentNoteRow | None:
    """The note of this incident with this public id."""
    return session.exec(
        select(IncidentNoteRow).where(
            IncidentNoteRow.incident_id == incident_id, IncidentNoteRow.public_id == public_id
        )
    ).first()
