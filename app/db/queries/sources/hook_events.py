"""Queries on inbound events of monitors."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.db.tables import HookEventRow
from app.domain.alerts.event_filter import EventFilter

__all__ = [
    "count_by_verdict",
    "delete_processed_events",
    "find_event",
    "list_events",
    "newest_events",
    "oldest_pending",
    "oldest_pending_at",
    "pending_sources",
    "try_lock_source",
]


def try_lock_source(session: Session, source_id: int) -> bool:
    """Lock the events of a source for processing until the transaction ends.

    False if another process holds the lock. SQLite needs no lock: it has one writer at a time.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    key = func.hashtextextended(f"hook-events-of:{source_id}", 0)
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(key))).scalar_one())


def pending_sources(session: Session) -> Sequence[int]:
    """Ids of the sources with unprocessed events."""
    return session.exec(
        select(HookEventRow.source_id).distinct().where(col(HookEventRow.processed_at).is_(None))
    ).all()


def oldest_pending(session: Session, source_id: int, limit: int) -> Sequence[HookEventRow]:
    """Oldest unprocessed events of a source, in order of arrival."""
    return session.exec(
        select(HookEventRow)
        .where(HookEventRow.source_id == source_id, col(HookEventRow.processed_at).is_(None))
        .order_by(col(HookEventRow.id))
        .limit(limit)
    ).all()


def find_event(session: Session, source_id: int, public_id: str) -> HookEventRow | None:
    """Event of a source by its public id."""
    return session.exec(
        select(HookEventRow).where(
            HookEventRow.source_id == source_id, HookEventRow.public_id == public_id
        )
    ).first()


def list_events(
    session: Session, source_id: int, wanted: EventFilter, *, before: int | None, limit: int
) -> Sequence[HookEventRow]:
    """Events of a source that match a filter, newest first, with internal ids below `before`."""
    query = select(HookEventRow).where(HookEventRow.source_id == source_id)
    if before is not None:
        query = query.where(col(HookEventRow.id) < before)
    if wanted.verdict is not None:
        query = query.where(HookEventRow.verdict == wanted.verdict.value)
    if wanted.since is not None:
        query = query.where(col(HookEventRow.received_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(HookEventRow.received_at) < wanted.until)
    return session.exec(query.order_by(col(HookEventRow.id).desc()).limit(limit)).all()


def newest_events(session: Session, source_id: int, limit: int) -> Sequence[HookEventRow]:
    """Newest events of a source, in order of arrival."""
    return list(reversed(list_events(session, source_id, EventFilter(), before=None, limit=limit)))


def count_by_verdict(session: Session) -> Sequence[tuple[int, str, int]]:
    """Number of stored events by source and verdict."""
    return [
        (source_id, verdict, count)
        for source_id, verdict, count in session.exec(
            select(HookEventRow.source_id, HookEventRow.verdict, func.count())
            .group_by(col(HookEventRow.source_id), col(HookEventRow.verdict))
            .order_by(col(HookEventRow.source_id), col(HookEventRow.verdict))
        ).all()
    ]


def oldest_pending_at(session: Session) -> datetime | None:
    """Time of arrival of the oldest unprocessed event."""
    return session.exec(
        select(func.min(HookEventRow.received_at)).where(col(HookEventRow.processed_at).is_(None))
    ).one()


def delete_processed_events(session: Session, before: datetime) -> None:
    """Delete the processed events that arrived before `before`."""
    session.execute(
        delete(HookEventRow).where(
            col(HookEventRow.received_at) < before, col(HookEventRow.processed_at).is_not(None)
        )
    )
