"""Queries on targets, their probes, and chains."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, or_, update
from sqlmodel import Session, col, func, select

from app.db.inserts import insert_into
from app.db.tables import ChainRow, ProbeRow, ServiceRow, TargetRow, TargetServiceRow

__all__ = [
    "claim",
    "delete_probes",
    "due_targets",
    "failing_targets",
    "find_target",
    "list_targets",
    "list_worst_targets",
    "newest_probe",
    "rank_of",
    "replace_services",
    "services_of_target",
    "services_of_targets",
    "target_by_address",
    "target_conditions",
    "upsert_chain",
]

# The order of the list of targets, by state.
_RANKS = {"failing": 0, "warning": 1, "unknown": 2, "ok": 3}
_PAUSED_RANK = 9


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


def failing_targets(session: Session) -> Sequence[TargetRow]:
    """Return the targets that are failing and not paused."""
    return session.exec(
        select(TargetRow).where(
            TargetRow.state == "failing",
            col(TargetRow.paused_at).is_(None),
            col(TargetRow.deleted_at).is_(None),
        )
    ).all()


def list_targets(
    session: Session,
    conditions: Iterable[ColumnElement[bool]] = (),
    *,
    before: int | None,
    limit: int,
) -> Sequence[TargetRow]:
    """Return targets that meet all conditions, newest first, with internal ids below `before`."""
    query = select(TargetRow).where(col(TargetRow.deleted_at).is_(None), *conditions)
    if before is not None:
        query = query.where(col(TargetRow.id) < before)
    return session.exec(query.order_by(col(TargetRow.id).desc()).limit(limit)).all()


def list_worst_targets(
    session: Session,
    conditions: Iterable[ColumnElement[bool]],
    *,
    after: tuple[int, int] | None,
    limit: int,
) -> Sequence[TargetRow]:
    """Return targets that meet all conditions, by rank, then by internal id."""
    rank, number = _rank(), col(TargetRow.id)
    query = select(TargetRow).where(col(TargetRow.deleted_at).is_(None), *conditions)
    if after is not None:
        query = query.where(or_(rank > after[0], and_(rank == after[0], number > after[1])))
    return session.exec(query.order_by(rank, number).limit(limit)).all()


def rank_of(row: TargetRow) -> int:
    """Return the rank of a target in a list: failing first, paused last."""
    return _PAUSED_RANK if row.paused_at is not None else _RANKS.get(row.state, len(_RANKS))


def _rank() -> ColumnElement[int]:
    state = case(_RANKS, value=col(TargetRow.state), else_=len(_RANKS))
    return case((col(TargetRow.paused_at).is_not(None), _PAUSED_RANK), else_=state)


def target_conditions(
    *, part: str | None, state: str | None, service_id: int | None
) -> Iterator[ColumnElement[bool]]:
    """Return the conditions of a filter: a part of the host, a state or `paused`, a service."""
    if part is not None:
        yield col(TargetRow.host).contains(part, autoescape=True)
    if state == "paused":
        yield col(TargetRow.paused_at).is_not(None)
    elif state is not None:
        yield and_(col(TargetRow.paused_at).is_(None), col(TargetRow.state) == state)
    if service_id is not None:
        of_service = select(TargetServiceRow.target_id).where(
            TargetServiceRow.service_id == service_id
        )
        yield col(TargetRow.id).in_(of_service)


def services_of_target(session: Session, target_id: int) -> Sequence[ServiceRow]:
    """Return the services that depend on the target and are not archived."""
    return session.exec(
        select(ServiceRow)
        .join(TargetServiceRow, and_(col(TargetServiceRow.service_id) == ServiceRow.id))
        .where(TargetServiceRow.target_id == target_id, col(ServiceRow.archived_at).is_(None))
        .order_by(col(ServiceRow.position), col(ServiceRow.id))
    ).all()


def services_of_targets(session: Session, ids: Iterable[int]) -> dict[int, list[ServiceRow]]:
    """Return the services that depend on these targets and are not archived, by target."""
    found = session.exec(
        select(TargetServiceRow.target_id, ServiceRow)
        .join(ServiceRow, and_(col(TargetServiceRow.service_id) == ServiceRow.id))
        .where(
            col(TargetServiceRow.target_id).in_(list(ids)), col(ServiceRow.archived_at).is_(None)
        )
        .order_by(col(ServiceRow.position), col(ServiceRow.id))
    ).all()
    services: dict[int, list[ServiceRow]] = {}
    for target, service in found:
        services.setdefault(target, []).append(service)
    return services


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


def newest_probe(session: Session, target_id: int) -> ProbeRow | None:
    """Return the newest stored probe of the target."""
    return session.exec(
        select(ProbeRow).where(ProbeRow.target_id == target_id).order_by(col(ProbeRow.id).desc())
    ).first()


def delete_probes(session: Session, before: datetime) -> None:
    """Delete the probes made before `before`; chains stay."""
    session.execute(delete(ProbeRow).where(col(ProbeRow.probed_at) < before))
