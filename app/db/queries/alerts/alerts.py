"""Queries on alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.tables import AlertRow
from app.db.types import UTCDateTime
from app.domain.alerts.alert_filter import AlertFilter

__all__ = [
    "AlertGroup",
    "alert_groups",
    "delete_ended_alerts",
    "expired_alerts",
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
# Below the limit of bound parameters of every supported database (SQLite: 999 until 3.32).
_CHUNK_SIZE = 500


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Equivalent alerts of a cause: `row` is one of them, `started_at` the earliest start.

    `source_started_at` is the earliest stated start; `source_ended_at` is the latest stated end,
    None unless each alert has one.
    """

    row: AlertRow
    count: int
    started_at: datetime
    ended_at: datetime | None
    source_started_at: datetime | None
    source_ended_at: datetime | None


def lock_cause(session: Session, cause: str) -> None:
    """Lock a cause until the transaction ends.

    Without it, two transactions that see no incident would each open one. SQLite needs no lock: it
    has one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(cause, 0))))


def newest_episodes(session: Session, source: str, keys: Sequence[str]) -> dict[str, AlertRow]:
    """Newest episode of each alert by dedup key, including resolved ones."""
    found: dict[str, AlertRow] = {}
    for start in range(0, len(keys), _CHUNK_SIZE):
        some = keys[start : start + _CHUNK_SIZE]
        newest = (
            select(func.max(AlertRow.id))
            .where(AlertRow.source == source, col(AlertRow.dedup_key).in_(some))
            .group_by(AlertRow.dedup_key)
        )
        rows = session.exec(select(AlertRow).where(col(AlertRow.id).in_(newest))).all()
        found |= {row.dedup_key: row for row in rows}
    return found


def newest_alert(session: Session, source: str, dedup_key: str) -> AlertRow | None:
    """Newest episode of an alert, including resolved ones."""
    return session.exec(
        select(AlertRow)
        .where(AlertRow.source == source, AlertRow.dedup_key == dedup_key)
        .order_by(col(AlertRow.id).desc())
        .limit(1)
    ).first()


def unresolved_alerts(session: Session, source: str, prefix: str) -> Sequence[AlertRow]:
    """Unresolved episodes of the alerts whose dedup key starts with `prefix`."""
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
    """Unresolved alerts of a cause, and all alerts linked to its incident, by group."""
    is_unresolved = col(AlertRow.state) != _RESOLVED
    is_linked = col(AlertRow.incident_id) == incident_id
    found = session.execute(
        select_columns(
            func.min(AlertRow.id),
            func.count(),
            func.min(AlertRow.started_at),
            func.max(AlertRow.ended_at),
            func.min(AlertRow.source_started_at),
            func.max(AlertRow.source_ended_at),
            func.count(col(AlertRow.source_ended_at)),
        )
        .where(
            col(AlertRow.cause) == cause,
            is_unresolved if incident_id is None else or_(is_unresolved, is_linked),
        )
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
        AlertGroup(
            rows[number],
            count,
            started_at,
            ended_at,
            source_started_at,
            source_ended_at if with_end == count else None,
        )
        for number, count, started_at, ended_at, source_started_at, source_ended_at, with_end in (
            found
        )
    ]


def link_to_incident(
    session: Session, cause: str, groups: Iterable[str | None], incident_id: int
) -> None:
    """Link the unlinked firing alerts of a cause in these groups to an incident."""
    session.execute(
        update(AlertRow)
        .where(
            col(AlertRow.cause) == cause,
            col(AlertRow.group).in_(list(groups)),
            col(AlertRow.state) != _RESOLVED,
            col(AlertRow.incident_id).is_(None),
        )
        .values(incident_id=incident_id)
    )


def reopen_within(session: Session, cause: str) -> int | None:
    """Longest `reopen_within_seconds` of the unresolved alerts of a cause; None without any."""
    return session.exec(
        select(func.max(AlertRow.reopen_within_seconds)).where(
            AlertRow.cause == cause, AlertRow.state != _RESOLVED
        )
    ).one()


def move_cause(session: Session, cause: str, into: str) -> None:
    """Assign the unresolved, unlinked alerts of `cause` to the cause `into`."""
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
    """Firing alerts without an event for longer than the limit of their source."""
    candidates = session.exec(
        select(AlertRow).where(
            AlertRow.state != _RESOLVED,
            col(AlertRow.stale_after_seconds).is_not(None),
            col(AlertRow.stale_at).is_(None),
        )
    ).all()
    return [
        row
        for row in candidates
        if now - row.last_seen_at > timedelta(seconds=row.stale_after_seconds or 0)
    ]


def expired_alerts(session: Session, now: datetime) -> Sequence[AlertRow]:
    """Unresolved alerts whose expiry time has passed."""
    return session.exec(
        select(AlertRow).where(AlertRow.state != _RESOLVED, col(AlertRow.expires_at) <= now)
    ).all()


def service_only_alerts(session: Session, cause: str) -> Sequence[AlertRow]:
    """Alerts of a cause with the action `service_only` that set, or may set, a service status."""
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


# Built once, for posting an update: building it takes as long as executing it.
_SETTING_STATUS = (
    select(AlertRow)
    .where(
        col(AlertRow.status_set_at).is_not(None),
        or_(
            col(AlertRow.status_cleared_at).is_(None),
            col(AlertRow.status_cleared_at) > bindparam("since", type_=UTCDateTime()),
        ),
    )
    .order_by(col(AlertRow.id))
)


def service_statuses_since(session: Session, since: datetime) -> Sequence[AlertRow]:
    """Alerts that set a service status without an incident at any time after `since`."""
    return session.exec(_SETTING_STATUS, params={"since": since}).all()


def list_alerts(
    session: Session, wanted: AlertFilter, *, before: int | None, limit: int
) -> Sequence[AlertRow]:
    """Alerts of monitors that match a filter, newest first, with internal ids below `before`."""
    query = select(AlertRow).where(col(AlertRow.source_id).is_not(None))
    if before is not None:
        query = query.where(col(AlertRow.id) < before)
    if wanted.only_open:
        query = query.where(AlertRow.state != _RESOLVED)
    if wanted.action is not None:
        query = query.where(AlertRow.action == wanted.action)
    if wanted.since is not None:
        query = query.where(col(AlertRow.started_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(AlertRow.started_at) < wanted.until)
    return session.exec(query.order_by(col(AlertRow.id).desc()).limit(limit)).all()


def open_episodes(session: Session) -> int:
    """Number of unresolved alerts of monitors."""
    return session.exec(
        select(func.count())
        .select_from(AlertRow)
        .where(AlertRow.state != _RESOLVED, col(AlertRow.source_id).is_not(None))
    ).one()


def delete_ended_alerts(session: Session, before: datetime) -> None:
    """Delete the alerts of monitors that ended before `before` and have no incident."""
    session.execute(
        delete(AlertRow).where(
            col(AlertRow.source_id).is_not(None),
            col(AlertRow.state) == _RESOLVED,
            col(AlertRow.ended_at) < before,
            col(AlertRow.incident_id).is_(None),
            col(AlertRow.status_set_at).is_(None),
        )
    )
