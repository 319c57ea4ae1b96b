"""Queries on planned windows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_
from sqlmodel import Session, col, select

from app.db.tables import MaintenanceRow, MaintenanceServiceRow
from app.db.visibility import visible

__all__ = [
    "find_maintenance",
    "list_maintenances",
    "replace_services",
    "services_in_window",
    "services_of_maintenances",
    "visible_maintenance",
    "visible_maintenances",
    "visible_windows",
]


def find_maintenance(session: Session, public_id: str) -> MaintenanceRow | None:
    """The window with this public id, unpublished too; for staff."""
    return session.exec(
        select(MaintenanceRow).where(
            MaintenanceRow.public_id == public_id, col(MaintenanceRow.deleted_at).is_(None)
        )
    ).first()


def list_maintenances(
    session: Session, *, before: int | None, limit: int
) -> Sequence[MaintenanceRow]:
    """Windows for staff, newest first, with internal ids below `before`."""
    query = select(MaintenanceRow).where(col(MaintenanceRow.deleted_at).is_(None))
    if before is not None:
        query = query.where(col(MaintenanceRow.id) < before)
    return session.exec(query.order_by(col(MaintenanceRow.id).desc()).limit(limit)).all()


def replace_services(session: Session, maintenance_id: int, service_ids: Iterable[int]) -> None:
    """Let exactly these services be in the window."""
    kept = col(MaintenanceServiceRow.maintenance_id) == maintenance_id
    session.execute(delete(MaintenanceServiceRow).where(kept))
    session.add_all(
        MaintenanceServiceRow(maintenance_id=maintenance_id, service_id=number)
        for number in service_ids
    )
    session.flush()


def visible_maintenances(
    session: Session, now: datetime, *, ending_after: datetime
) -> Sequence[MaintenanceRow]:
    """The windows a visitor may see that end after `ending_after`, soonest first."""
    return session.exec(
        select(MaintenanceRow)
        .where(visible(MaintenanceRow, now), col(MaintenanceRow.ends_at) > ending_after)
        .order_by(col(MaintenanceRow.starts_at), col(MaintenanceRow.id))
    ).all()


def visible_maintenance(session: Session, public_id: str, now: datetime) -> MaintenanceRow | None:
    """The window with this public id, if a visitor may see it."""
    return session.exec(
        select(MaintenanceRow).where(
            visible(MaintenanceRow, now), MaintenanceRow.public_id == public_id
        )
    ).first()


def visible_windows(
    session: Session, now: datetime, *, limit: int, of_service: int | None = None
) -> Sequence[MaintenanceRow]:
    """Windows a visitor may see, latest begin first, cancelled ones too.

    Everything that ends after now or recurs, and the `limit` latest of all.
    """
    shown = visible(MaintenanceRow, now)
    if of_service is not None:
        named = select(MaintenanceServiceRow.maintenance_id).where(
            MaintenanceServiceRow.service_id == of_service
        )
        shown = and_(shown, col(MaintenanceRow.id).in_(named))
    order = (col(MaintenanceRow.starts_at).desc(), col(MaintenanceRow.id).desc())
    latest = select(MaintenanceRow.id).where(shown).order_by(*order).limit(limit)
    lasting = or_(
        col(MaintenanceRow.ends_at) > now,
        col(MaintenanceRow.recurrence).is_not(None),
        col(MaintenanceRow.id).in_(latest),
    )
    return session.exec(select(MaintenanceRow).where(shown, lasting).order_by(*order)).all()


def services_of_maintenances(session: Session, ids: Iterable[int]) -> dict[int, list[int]]:
    """The services of these windows, by window."""
    found = session.exec(
        select(MaintenanceServiceRow)
        .where(col(MaintenanceServiceRow.maintenance_id).in_(list(ids)))
        .order_by(col(MaintenanceServiceRow.service_id))
    ).all()
    services: dict[int, list[int]] = {}
    for row in found:
        services.setdefault(row.maintenance_id, []).append(row.service_id)
    return services


def services_in_window(session: Session, now: datetime) -> set[int]:
    """The services with a published window that has begun and is not over, ended or cancelled."""
    found = session.exec(
        select(MaintenanceServiceRow.service_id)
        .join(MaintenanceRow, and_(col(MaintenanceRow.id) == MaintenanceServiceRow.maintenance_id))
        .where(
            visible(MaintenanceRow, now),
            col(MaintenanceRow.starts_at) <= now,
            col(MaintenanceRow.ends_at) > now,
            col(MaintenanceRow.cancelled_at).is_(None),
            col(MaintenanceRow.completed_at).is_(None),
        )
    ).all()
    return set(found)
