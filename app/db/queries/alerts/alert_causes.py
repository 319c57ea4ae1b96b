"""Queries on causes of alerts and their incidents."""

from datetime import datetime

from sqlalchemy import or_, union
from sqlmodel import Session, col, select

from app.db.tables import AlertRow, IncidentRow

__all__ = ["causes_to_watch", "grouped_incident", "incident_about"]

_RESOLVED = "resolved"


def grouped_incident(session: Session, prefix: str, resolved_since: datetime) -> IncidentRow | None:
    """Newest incident with a cause that starts with `prefix`, open or resolved since then."""
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
    """Incident of a cause.

    The one that an unresolved alert is linked to (even if staff deleted it), else the newest that
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
    """Causes that may have a transition due by time alone."""
    unlinked = select(AlertRow.cause).where(
        AlertRow.state != _RESOLVED, col(AlertRow.incident_id).is_(None), AlertRow.cause != ""
    )
    with_service_status = select(AlertRow.cause).where(
        col(AlertRow.status_set_at).is_not(None), col(AlertRow.status_cleared_at).is_(None)
    )
    with_open_incident = select(IncidentRow.cause).where(
        col(IncidentRow.is_open),
        col(IncidentRow.cause).is_not(None),
        col(IncidentRow.deleted_at).is_(None),
    )
    # One statement: the worker asks this at every turn.
    return set(session.scalars(union(unlinked, with_service_status, with_open_incident)))
