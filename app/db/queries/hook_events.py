"""Queries on deliveries of monitors."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.db.tables import HookEventRow

__all__ = [
    "add_events",
    "add_idempotent_event",
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

_INSERTS: dict[str, Callable[..., Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def add_events(session: Session, values: Sequence[dict[str, Any]]) -> None:
    """Keep deliveries that name no delivery id."""
    session.execute(insert(HookEventRow), values)


def add_idempotent_event(session: Session, values: dict[str, Any]) -> str:
    """Keep a delivery that names its id; tells its public id, or that of the first one with it."""
    kept = _INSERTS[session.get_bind().dialect.name](HookEventRow).values(values)
    again = kept.on_conflict_do_update(
        index_elements=[col(HookEventRow.source_id), col(HookEventRow.idempotency_key)],
        set_={"repeats": col(HookEventRow.repeats) + 1},
    )
    return str(session.execute(again.returning(col(HookEventRow.public_id))).scalar_one())


def try_lock_source(session: Session, source_id: int) -> bool:
    """Be the only one to process this source's deliveries until the transaction ends.

    False when another is at it. On SQLite there is one writer at a time.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    key = func.hashtextextended(f"hook-events-of:{source_id}", 0)
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(key))).scalar_one())


def pending_sources(session: Session) -> Sequence[int]:
    """The sources with deliveries that nobody has processed yet."""
    return session.exec(
        select(HookEventRow.source_id).distinct().where(col(HookEventRow.processed_at).is_(None))
    ).all()


def oldest_pending(session: Session, source_id: int, limit: int) -> Sequence[HookEventRow]:
    """The deliveries of the source to be processed next, in the order in which they arrived."""
    return session.exec(
        select(HookEventRow)
        .where(HookEventRow.source_id == source_id, col(HookEventRow.processed_at).is_(None))
        .order_by(col(HookEventRow.id))
        .limit(limit)
    ).all()


def find_event(session: Session, source_id: int, public_id: str) -> HookEventRow | None:
    """One delivery of one source."""
    return session.exec(
        select(HookEventRow).where(
            HookEventRow.source_id == source_id, HookEventRow.public_id == public_id
        )
    ).first()


def list_events(
    session: Session,
    source_id: int,
    *,
    before: int | None,
    limit: int,
    verdict: str | None = None,
) -> Sequence[HookEventRow]:
    """Deliveries of a source, newest first, with internal ids below `before`."""
    query = select(HookEventRow).where(HookEventRow.source_id == source_id)
    if before is not None:
        query = query.where(col(HookEventRow.id) < before)
    if verdict is not None:
        query = query.where(HookEventRow.verdict == verdict)
    return session.exec(query.order_by(col(HookEventRow.id).desc()).limit(limit)).all()


def newest_events(session: Session, source_id: int, limit: int) -> Sequence[HookEventRow]:
    """The newest deliveries of a source, in the order in which they arrived."""
    return list(reversed(list_events(session, source_id, before=None, limit=limit)))


def count_by_verdict(session: Session) -> Sequence[tuple[int, str, int]]:
    """How many deliveries are kept, by source and verdict."""
    return [
        (source_id, verdict, count)
        for source_id, verdict, count in session.exec(
            select(HookEventRow.source_id, HookEventRow.verdict, func.count())
            .group_by(col(HookEventRow.source_id), col(HookEventRow.verdict))
            .order_by(col(HookEventRow.source_id), col(HookEventRow.verdict))
        ).all()
    ]


def oldest_pending_at(session: Session) -> datetime | None:
    """When the oldest delivery arrived that nobody has processed yet."""
    return session.exec(
        select(func.min(HookEventRow.received_at)).where(col(HookEventRow.processed_at).is_(None))
    ).one()


def delete_processed_events(session: Session, before: datetime) -> None:
    """Drop the processed deliveries that arrived before `before`."""
    session.execute(
        delete(HookEventRow).where(
            col(HookEventRow.received_at) < before, col(HookEventRow.processed_at).is_not(None)
        )
    )
