"""Queries for an export of the page's content: everything of a kind, in a stable order."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from app.db.tables import (
    FormerPathRow,
    FormerTextRow,
    ImportedIntervalRow,
    IncidentRow,
    IncidentUpdateRow,
    MaintenanceRow,
    MaintenanceServiceRow,
    MaintenanceUpdateRow,
    OccurrenceRow,
    PostmortemRow,
    ServiceGroupRow,
    ServiceRow,
    SubscriberRow,
    SubscriptionRow,
    UpdateServiceRow,
)
from app.domain.texts.phrases import Text

__all__ = [
    "followed",
    "former_texts",
    "groups",
    "incidents",
    "intervals",
    "maintenances",
    "paths",
    "postmortems",
    "services",
    "subscribers",
    "update_services",
    "updates",
    "window_services",
    "window_updates",
    "windows",
]

_BATCH = 200

T = TypeVar("T")


def groups(session: Session) -> Sequence[ServiceGroupRow]:
    """All groups, in the order of the page."""
    order = (col(ServiceGroupRow.position), col(ServiceGroupRow.id))
    return session.exec(select(ServiceGroupRow).order_by(*order)).all()


def services(session: Session) -> Sequence[ServiceRow]:
    """All services, archived ones too, in the order of the page."""
    order = (col(ServiceRow.position), col(ServiceRow.id))
    return session.exec(select(ServiceRow).order_by(*order)).all()


def incidents(session: Session) -> Iterator[IncidentRow]:
    """The incidents that are not deleted, drafts too, oldest first; read in batches."""
    last = 0
    while True:
        rows = session.exec(
            select(IncidentRow)
            .where(col(IncidentRow.deleted_at).is_(None), col(IncidentRow.id) > last)
            .order_by(col(IncidentRow.id))
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id or 0
        # The rows of a long history do not fill the memory.
        for row in rows:
            session.expunge(row)


def updates(session: Session, incident_ids: Sequence[int]) -> dict[int, list[IncidentUpdateRow]]:
    """The updates of these incidents that are not removed, oldest first."""
    rows = session.exec(
        select(IncidentUpdateRow)
        .where(
            col(IncidentUpdateRow.incident_id).in_(incident_ids),
            col(IncidentUpdateRow.removed_at).is_(None),
        )
        .order_by(col(IncidentUpdateRow.posted_at), col(IncidentUpdateRow.id))
    ).all()
    found: dict[int, list[IncidentUpdateRow]] = {}
    for row in rows:
        found.setdefault(row.incident_id, []).append(row)
    return found


def update_services(session: Session, update_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """The status that each update gives each service."""
    rows = session.exec(
        select(UpdateServiceRow)
        .where(col(UpdateServiceRow.update_id).in_(update_ids))
        .order_by(col(UpdateServiceRow.service_id))
    ).all()
    found: dict[int, dict[int, str]] = {}
    for row in rows:
        found.setdefault(row.update_id, {})[row.service_id] = row.status
    return found


def former_texts(
    session: Session, update_ids: Sequence[int]
) -> dict[int, list[tuple[datetime, Text]]]:
    """The former texts of these updates, oldest first, each with the time of its replacement."""
    rows = session.exec(
        select(FormerTextRow)
        .where(FormerTextRow.subject == "update", col(FormerTextRow.subject_id).in_(update_ids))
        .order_by(col(FormerTextRow.replaced_at), col(FormerTextRow.id))
    ).all()
    found: dict[int, list[tuple[datetime, Text]]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append((row.replaced_at, row.body))
    return found


def postmortems(session: Session, incident_ids: Sequence[int]) -> dict[int, PostmortemRow]:
    """The postmortems of these incidents, drafts too, by incident."""
    rows = session.exec(
        select(PostmortemRow).where(
            col(PostmortemRow.incident_id).in_(incident_ids),
            col(PostmortemRow.deleted_at).is_(None),
        )
    ).all()
    return {row.incident_id: row for row in rows}


def paths(session: Session, subject: str) -> dict[int, list[str]]:
    """The former paths of all incidents, or of all maintenances."""
    rows = session.exec(
        select(FormerPathRow)
        .where(FormerPathRow.subject == subject)
        .order_by(col(FormerPathRow.id))
    ).all()
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(row.path)
    return found


def maintenances(session: Session) -> Sequence[MaintenanceRow]:
    """The maintenances that are not deleted, drafts too, oldest first."""
    return session.exec(
        select(MaintenanceRow)
        .where(col(MaintenanceRow.deleted_at).is_(None))
        .order_by(col(MaintenanceRow.id))
    ).all()


def window_services(session: Session) -> dict[int, list[int]]:
    """The services of all maintenances."""
    rows = session.exec(
        select(MaintenanceServiceRow.maintenance_id, MaintenanceServiceRow.service_id).order_by(
            col(MaintenanceServiceRow.service_id)
        )
    ).all()
    return _by_first(rows)


def window_updates(session: Session) -> dict[int, list[MaintenanceUpdateRow]]:
    """The updates of all maintenances that are not removed, oldest first."""
    rows = session.exec(
        select(MaintenanceUpdateRow)
        .where(col(MaintenanceUpdateRow.removed_at).is_(None))
        .order_by(col(MaintenanceUpdateRow.posted_at), col(MaintenanceUpdateRow.id))
    ).all()
    return _by_first((row.maintenance_id, row) for row in rows)


def windows(session: Session) -> dict[int, list[OccurrenceRow]]:
    """The windows of each series that were changed or have updates."""
    rows = session.exec(select(OccurrenceRow).order_by(col(OccurrenceRow.recurs_at))).all()
    return _by_first((row.maintenance_id, row) for row in rows)


def subscribers(session: Session, channel: str) -> Sequence[SubscriberRow]:
    """The subscribers of a channel, oldest first."""
    return session.exec(
        select(SubscriberRow)
        .where(SubscriberRow.channel == channel)
        .order_by(col(SubscriberRow.id))
    ).all()


def followed(session: Session) -> dict[int, list[int]]:
    """The services that each subscriber follows."""
    rows = session.exec(
        select(SubscriptionRow.subscriber_id, SubscriptionRow.target_id)
        .where(SubscriptionRow.kind == "service", col(SubscriptionRow.target_id).is_not(None))
        .order_by(col(SubscriptionRow.target_id))
    ).all()
    return _by_first(rows)


def intervals(session: Session) -> Sequence[ImportedIntervalRow]:
    """The intervals of past uptime that were imported, oldest first."""
    order = (col(ImportedIntervalRow.started_at), col(ImportedIntervalRow.id))
    return session.exec(select(ImportedIntervalRow).order_by(*order)).all()


def _by_first(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for number, each in pairs:
        found.setdefault(number, []).append(each)
    return found
