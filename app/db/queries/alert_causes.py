"""Queries on causes: the incidents that alerts are about."""

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.db.tables import AlertRow, IncidentRow

__all__ = ["causes_to_watch", "grouped_incident", "incident_about"]

_RESOLVED = "resolved"


def grouped_incident(session: Session, prefix: str, resolved_since: datetime) -> IncidentRow | None:
    """The newest incident whose cause begins with `prefix` that is open or lately resolved."""
    return session.exec(
        select(IncidentRow)
        .where(
            col(IncidentRow.cause).startswith(prefix, autoescape=True),
            col(IncidentRow.deleted_at).is_(None),
            or_(col(IncidentRow.is_open), col(IncidentRow.resolved_at) > resolved_since),
        )
        .order_by(col(IncidentRow.id).desc())
    ).first()


def incident_about(session: Session, cause: str, resolved_since: datetime) -> IncidentRow | None:
    """The incident that a cause's alerts belong to.

    The one an unresolved alert is linked to (even if staff deleted it since), else the newest that
    is open or was resolved after `resolved_since`.
    """
    linked = session.exec(
        select(IncidentRow)
        .join(AlertRow, col(AlertRow.incident_id) == col(IncidentRow.id))
        .where(AlertRow.cause == cause, AlertRow.state != _RESOLVED)
        .order_by(col(IncidentRow.id).desc())
    ).first()
    if linked is not None:
        return linked
    return session.exec(
        select(IncidentRow)
        .where(
            IncidentRow.cause == cause,
            col(IncidentRow.deleted_at).is_(None),
            or_(col(IncidentRow.is_open), col(IncidentRow.resolved_at) > resolved_since),
        )
        .order_by(col(IncidentRow.id).desc())
    ).first()


def causes_to_watch(session: Session) -> set[str]:
    """The causes about which the clock alone may make automation move."""
    waiting = session.exec(
        select(AlertRow.cause)
        .distinct()
        .where(
            AlertRow.state != _RESOLVED,
            col(AlertRow.incident_id).is_(None),
            AlertRow.cause != "",
        )
    ).all()
    speaking_on = session.exec(
        select(AlertRow.cause).where(
            col(AlertRow.status_set_at).is_not(None), col(AlertRow.status_cleared_at).is_(None)
        )
    ).all()
    standing = session.exec(
        select(IncidentRow.cause).where(
            col(IncidentRow.is_open),
            col(IncidentRow.cause).is_not(None),
            col(IncidentRow.deleted_at).is_(None),
        )
    ).all()
    return {*waiting, *speaking_on, *(cause for cause in standing if cause is not None)}
