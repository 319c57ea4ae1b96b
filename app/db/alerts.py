"""Queries on alerts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.db.tables import AlertRow, IncidentRow

__all__ = [
    "alerts_about",
    "causes_to_watch",
    "hold_cause",
    "incident_about",
    "newest_alert",
    "unresolved_alert",
    "unresolved_alerts",
]

_RESOLVED = "resolved"


def hold_cause(session: Session, cause: str) -> None:
    """Let no other transaction decide about this cause until ours has ended.

    Two that saw no incident yet would both open one. On SQLite there is one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(cause, 0))))


def unresolved_alert(session: Session, source: str, dedup_key: str) -> AlertRow | None:
    """The episode of this alert that still lasts."""
    return session.exec(
        select(AlertRow).where(
            AlertRow.source == source,
            AlertRow.dedup_key == dedup_key,
            AlertRow.state != _RESOLVED,
        )
    ).first()


def newest_alert(session: Session, source: str, dedup_key: str) -> AlertRow | None:
    """The newest episode of this alert, over or not."""
    return session.exec(
        select(AlertRow)
        .where(AlertRow.source == source, AlertRow.dedup_key == dedup_key)
        .order_by(col(AlertRow.id).desc())
        .limit(1)
    ).first()


def unresolved_alerts(session: Session, source: str, prefix: str) -> Sequence[AlertRow]:
    """The episodes that still last, of all alerts whose key begins with `prefix`."""
    return session.exec(
        select(AlertRow)
        .where(
            AlertRow.source == source,
            col(AlertRow.dedup_key).startswith(prefix, autoescape=True),
            AlertRow.state != _RESOLVED,
        )
        .order_by(AlertRow.cause)
    ).all()


def alerts_about(session: Session, cause: str, incident_id: int | None) -> Sequence[AlertRow]:
    """The unresolved alerts of a cause, and all that ever belonged to its incident."""
    mine = col(AlertRow.state) != _RESOLVED
    belongs = col(AlertRow.incident_id) == incident_id
    return session.exec(
        select(AlertRow)
        .where(AlertRow.cause == cause, mine if incident_id is None else or_(mine, belongs))
        .order_by(col(AlertRow.id))
    ).all()


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
        select(AlertRow.cause).where(
            AlertRow.state != _RESOLVED, col(AlertRow.incident_id).is_(None)
        )
    ).all()
    standing = session.exec(
        select(IncidentRow.cause).where(
            col(IncidentRow.is_open),
            col(IncidentRow.cause).is_not(None),
            col(IncidentRow.deleted_at).is_(None),
        )
    ).all()
    return {*waiting, *(cause for cause in standing if cause is not None)}
