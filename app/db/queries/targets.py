"""Queries on targets, their probes, and chains."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from app.db.base import Row
from app.db.tables import ChainRow, ProbeRow, ServiceRow, TargetRow, TargetServiceRow

__all__ = [
    "claim",
    "delete_probes",
    "due_targets",
    "find_target",
    "insert_into",
    "list_targets",
    "newest_probe",
    "replace_services",
    "services_of_target",
    "target_by_address",
    "upsert_chain",
]

# SQLAlchemy offers ON CONFLICT per dialect only.
_INSERTS: dict[str, Callable[..., Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def find_target(session: Session, public_id: str) -> TargetRow | None:
    """Return the target with this public id."""
    return session.exec(
        select(TargetRow).where(
            TargetRow.public_id == public_id, col(TargetRow.deleted_at).is_(None)
        )
    ).first()


def target_by_address(session: Session, host: str, port: int) -> TargetRow | None:
    """Return the target with this host and port."""
    return session.exec(
        select(TargetRow).where(
            TargetRow.host == host, TargetRow.port == port, col(TargetRow.deleted_at).is_(None)
        )
    ).first()


def list_targets(session: Session, *, before: int | None, limit: int) -> Sequence[TargetRow]:
    """Return targets, newest first, with internal ids below `before`."""
    query = select(TargetRow).where(col(TargetRow.deleted_at).is_(None))
    if before is not None:
        query = query.where(col(TargetRow.id) < before)
    return session.exec(query.order_by(col(TargetRow.id).desc()).limit(limit)).all()


def services_of_target(session: Session, target_id: int) -> Sequence[ServiceRow]:
    """Return the services that depend on the target and are not archived."""
    return session.exec(
        select(ServiceRow)
        .join(TargetServiceRow, and_(col(TargetServiceRow.service_id) == ServiceRow.id))
        .where(TargetServiceRow.target_id == target_id, col(ServiceRow.archived_at).is_(None))
        .order_by(col(ServiceRow.position), col(ServiceRow.id))
    ).all()


def replace_services(session: Session, target_id: int, service_ids: Iterable[int]) -> None:
    """Replace the services that depend on the target."""
    session.execute(delete(TargetServiceRow).where(col(TargetServiceRow.target_id) == target_id))
    session.add_all(
        TargetServiceRow(target_id=target_id, service_id=number) for number in service_ids
    )
    session.flush()


def due_targets(session: Session, now: datetime, limit: int) -> Sequence[TargetRow]:
    """Return targets that are due and not leased by a worker, the longest due first."""
    return session.exec(
        select(TargetRow)
        .where(
            col(TargetRow.due_at) <= now,
            or_(col(TargetRow.leased_until).is_(None), col(TargetRow.leased_until) <= now),
            col(TargetRow.paused_at).is_(None),
            col(TargetRow.deleted_at).is_(None),
        )
        .order_by(col(TargetRow.due_at))
        .limit(limit)
    ).all()


def count_and_first_due(session: Session) -> tuple[int, datetime | None]:
    """Return the number of probed targets, and the earliest due time among them."""
    active = (col(TargetRow.paused_at).is_(None), col(TargetRow.deleted_at).is_(None))
    count, first = session.exec(
        select(func.count(), func.min(TargetRow.due_at)).where(*active)
    ).one()
    return count, first


def claim(session: Session, target_id: int, now: datetime, until: datetime) -> bool:
    """Lease the target until `until`; return False when another worker has the lease."""
    result = session.execute(
        update(TargetRow)
        .where(
            col(TargetRow.id) == target_id,
            or_(col(TargetRow.leased_until).is_(None), col(TargetRow.leased_until) <= now),
        )
        .values(leased_until=until)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def upsert_chain(session: Session, fingerprint: str, ders: bytes, now: datetime) -> int:
    """Return the id of this chain, stored on its first sighting.

    Targets with one chain may store it concurrently.
    """
    session.flush()
    insert = insert_into(session, ChainRow).values(
        fingerprint=fingerprint, ders=ders, first_seen_at=now, last_seen_at=now
    )
    seen_again = insert.on_conflict_do_update(
        index_elements=[col(ChainRow.fingerprint)], set_={"last_seen_at": now}
    )
    return cast("int", session.execute(seen_again.returning(col(ChainRow.id))).scalar_one())


def insert_into(session: Session, table: type[Row]) -> Any:  # noqa: ANN401  # either's own kind
    """Return an insert that supports ON CONFLICT on the session's database."""
    return _INSERTS[session.get_bind().dialect.name](table)


def newest_probe(session: Session, target_id: int) -> ProbeRow | None:
    """Return the newest stored probe of the target."""
    return session.exec(
        select(ProbeRow).where(ProbeRow.target_id == target_id).order_by(col(ProbeRow.id).desc())
    ).first()


def delete_probes(session: Session, before: datetime) -> None:
    """Delete the probes made before `before`; chains stay."""
    session.execute(delete(ProbeRow).where(col(ProbeRow.probed_at) < before))
