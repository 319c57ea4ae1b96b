"""Queries on alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, update
from sqlmodel import Session, col, select

from app.db.tables import AlertRow

__all__ = [
    "AlertGroup",
    "alert_groups",
    "delete_ended_alerts",
    "expired_alerts",
    "has_no_unresolved",
    "link_to_incident",
    "list_alerts",
    "lock_cause",
    "move_cause",
    "newest_alert",
    "newest_episodes",
    "newly_stale",
    "open_episodes",
    "reopen_within",
    "service_only_alerts",
    "service_statuses_since",
    "unresolved_alerts",
]

_RESOLVED = "resolved"
# Fewer than any database takes parameters.
_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts of a cause that count the same: how many, since when, until when. `row` is one."""

    row: AlertRow
    count: int
    started_at: datetime
    ended_at: datetime | None


def lock_cause(session: Session, cause: str) -> None:
    """Let no other transaction decide about this cause until ours has ended.

    Two that saw no incident yet would both open one. On SQLite there is one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(cause, 0))))


def newest_episodes(session: Session, source: str, keys: Sequence[str]) -> dict[str, AlertRow]:
    """The newest episode of each of these alerts, resolved ones too, by dedup key."""
    found: dict[str, AlertRow] = {}
    for start in range(0, len(keys), _MOST_AT_ONCE):
        some = keys[start : start + _MOST_AT_ONCE]
        newest = (
            select(func.max(AlertRow.id))
            .where(AlertRow.source == source, col(AlertRow.dedup_key).in_(some))
            .group_by(AlertRow.dedup_key)
        )
        rows = session.exec(select(AlertRow).where(col(AlertRow.id).in_(newest))).all()
        found |= {row.dedup_key: row for row in rows}
    return found


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


def alert_groups(session: Session, cause: str, incident_id: int | None) -> list[AlertGroup]:
    """The unresolved alerts of a cause, and all that ever belonged to its incident, by kin."""
    mine = col(AlertRow.state) != _RESOLVED
    belongs = col(AlertRow.incident_id) == incident_id
    found = session.exec(
        select(
            func.min(AlertRow.id),
            func.count(),
            func.min(AlertRow.started_at),
            func.max(AlertRow.ended_at),
        )
        .where(AlertRow.cause == cause, mine if incident_id is None else or_(mine, belongs))
        .where(col(AlertRow.action) == "incident")
        .group_by(col(AlertRow.group), col(AlertRow.state), col(AlertRow.incident_id))
        .order_by(func.min(AlertRow.id))
    ).all()
    firsts = [number for number, *_ in found]
    rows = {
        row.id: row
        for row in session.exec(select(AlertRow).where(col(AlertRow.id).in_(firsts))).all()
    }
    return [
        AlertGroup(rows[number], count, started_at, ended_at)
        for number, count, started_at, ended_at in found
    ]


def link_to_incident(
    session: Session, cause: str, kins: Iterable[str | None], incident_id: int
) -> None:
    """Let the firing alerts of a cause that are of these kins belong to the incident."""
    session.execute(
        update(AlertRow)
        .where(
            col(AlertRow.cause) == cause,
            col(AlertRow.group).in_(list(kins)),
            col(AlertRow.state) != _RESOLVED,
            col(AlertRow.incident_id).is_(None),
        )
        .values(incident_id=incident_id)
    )


def has_no_unresolved(session: Session, cause: str) -> bool:
    """Whether no alert of the cause is unresolved."""
    return (
        session.exec(
            select(AlertRow.id).where(AlertRow.cause == cause, AlertRow.state != _RESOLVED).limit(1)
        ).first()
        is None
    )


def reopen_within(session: Session, cause: str) -> int | None:
    """For how many seconds the unresolved alerts of a cause continue an incident; None: none."""
    return session.exec(
        select(func.max(AlertRow.reopen_within_seconds)).where(
            AlertRow.cause == cause, AlertRow.state != _RESOLVED
        )
    ).one()


def move_cause(session: Session, cause: str, into: str) -> None:
    """Let the unresolved alerts of `cause` that belong to no incident count for `into`."""
    session.execute(
        update(AlertRow)
        .where(
            col(AlertRow.cause) == cause,
            col(AlertRow.state) != _RESOLVED,
            col(AlertRow.incident_id).is_(None),
        )
        .values(cause=into)
    )


def newly_stale(session: Session, now: datetime) -> Sequence[AlertRow]:
    """The firing alerts of which nothing was heard for longer than their source says."""
    silent = session.exec(
        select(AlertRow).where(
            AlertRow.state != _RESOLVED,
            col(AlertRow.stale_after_seconds).is_not(None),
            col(AlertRow.stale_at).is_(None),
        )
    ).all()
    return [
        row
        for row in silent
        if now - row.last_seen_at > timedelta(seconds=row.stale_after_seconds or 0)
    ]


def expired_alerts(session: Session, now: datetime) -> Sequence[AlertRow]:
    """The alerts that end by themselves and whose time has come."""
    return session.exec(
        select(AlertRow).where(AlertRow.state != _RESOLVED, col(AlertRow.expires_at) <= now)
    ).all()


def service_only_alerts(session: Session, cause: str) -> Sequence[AlertRow]:
    """The alerts of a cause that open nothing and speak for their services, or soon may."""
    return session.exec(
        select(AlertRow)
        .where(
            AlertRow.cause == cause,
            AlertRow.action == "service_only",
            or_(
                col(AlertRow.state) != _RESOLVED,
                and_(
                    col(AlertRow.status_set_at).is_not(None),
                    col(AlertRow.status_cleared_at).is_(None),
                ),
            ),
        )
        .order_by(col(AlertRow.id))
    ).all()


def service_statuses_since(session: Session, since: datetime) -> Sequence[AlertRow]:
    """The alerts that gave their services a status by themselves and did so after `since`."""
    return session.exec(
        select(AlertRow)
        .where(
            col(AlertRow.status_set_at).is_not(None),
            or_(col(AlertRow.status_cleared_at).is_(None), col(AlertRow.status_cleared_at) > since),
        )
        .order_by(col(AlertRow.id))
    ).all()


def list_alerts(
    session: Session,
    *,
    before: int | None,
    limit: int,
    only_open: bool = False,
    action: str | None = None,
) -> Sequence[AlertRow]:
    """Alerts of monitors, newest first, with internal ids below `before`."""
    query = select(AlertRow).where(col(AlertRow.source_id).is_not(None))
    if before is not None:
        query = query.where(col(AlertRow.id) < before)
    if only_open:
        query = query.where(AlertRow.state != _RESOLVED)
    if action is not None:
        query = query.where(AlertRow.action == action)
    return session.exec(query.order_by(col(AlertRow.id).desc()).limit(limit)).all()


def open_episodes(session: Session) -> int:
    """How many alerts of monitors are unresolved."""
    return session.exec(
        select(func.count())
        .select_from(AlertRow)
        .where(AlertRow.state != _RESOLVED, col(AlertRow.source_id).is_not(None))
    ).one()


def delete_ended_alerts(session: Session, before: datetime) -> None:
    """Drop the alerts of monitors that ended before `before` and belong to no incident."""
    session.execute(
        delete(AlertRow).where(
            col(AlertRow.source_id).is_not(None),
            col(AlertRow.state) == _RESOLVED,
            col(AlertRow.ended_at) < before,
            col(AlertRow.incident_id).is_(None),
            col(AlertRow.status_set_at).is_(None),
        )
    )
