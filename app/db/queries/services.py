"""Queries on services, their groups and their uptime."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col, select

from app.db.snapshot import remembered_each, sent_once
from app.db.tables import ServiceGroupRow, ServiceRow, UptimeIntervalRow
from app.db.types import UTCDateTime

__all__ = [
    "archived_services",
    "find_group",
    "find_services",
    "in_order_of_page",
    "intervals_since",
    "last_changes",
    "last_position",
    "list_groups",
    "list_services",
    "replace_intervals",
    "services_by_id",
    "services_in_group",
]


# The queries of the overview and of posting an update are built once: building one takes as long as
# executing it.
_SERVICES = (
    select(ServiceRow)
    .where(col(ServiceRow.archived_at).is_(None))
    .order_by(col(ServiceRow.position), col(ServiceRow.id))
)
_BY_SLUG = select(ServiceRow).where(col(ServiceRow.slug).in_(bindparam("slugs", expanding=True)))
_BY_ID = select(ServiceRow).where(col(ServiceRow.id).in_(bindparam("ids", expanding=True)))
_GROUPS = select(ServiceGroupRow).order_by(col(ServiceGroupRow.position), col(ServiceGroupRow.id))


@sent_once
def list_services(session: Session) -> Sequence[ServiceRow]:
    """The services that are not archived, in the order of the page."""
    return session.exec(_SERVICES).all()


def in_order_of_page(session: Session) -> Sequence[ServiceRow]:
    """The services that are not archived, group by group, those without a group last."""
    rows = list_services(session)
    if all(row.group_id is None for row in rows):
        return rows
    places = {group.id: number for number, group in enumerate(list_groups(session))}
    return sorted(rows, key=lambda row: places.get(row.group_id, len(places)))


def archived_services(session: Session) -> Sequence[ServiceRow]:
    """The archived services, by slug."""
    return session.exec(
        select(ServiceRow)
        .where(col(ServiceRow.archived_at).is_not(None))
        .order_by(col(ServiceRow.slug))
    ).all()


def services_in_group(session: Session, group_id: int) -> Sequence[ServiceRow]:
    """The services of one group, archived ones too."""
    return session.exec(select(ServiceRow).where(ServiceRow.group_id == group_id)).all()


def last_position(session: Session) -> int:
    """The position of the last service, archived ones too; 0 without services."""
    return session.exec(select(func.max(ServiceRow.position))).one() or 0


@sent_once
def list_groups(session: Session) -> Sequence[ServiceGroupRow]:
    """All groups, in the order of the page."""
    return session.exec(_GROUPS).all()


def find_services(session: Session, slugs: Iterable[str]) -> dict[str, ServiceRow]:
    """The services with these slugs, by slug; archived ones too, so that names stay taken."""

    def read(wanted: list[str]) -> dict[str, ServiceRow]:
        return {row.slug: row for row in session.exec(_BY_SLUG, params={"slugs": wanted})}

    return remembered_each(session, "services", slugs, read)


def services_by_id(session: Session, ids: Iterable[int]) -> dict[int, ServiceRow]:
    """The services with these ids, archived ones too: history still names them.

    Rows that the session has loaded already are not queried again.
    """
    found: dict[int, ServiceRow] = {}
    missing = []
    for number in set(ids):
        loaded = session.identity_map.get(identity_key(ServiceRow, number))
        if loaded is None:
            missing.append(number)
        else:
            found[number] = loaded
    if missing:
        rows = session.exec(_BY_ID, params={"ids": missing}).all()
        found |= {row.id: row for row in rows if row.id is not None}
    return found


def find_group(session: Session, slug: str) -> ServiceGroupRow | None:
    """The group with this slug."""
    return session.exec(select(ServiceGroupRow).where(ServiceGroupRow.slug == slug)).first()


# Columns instead of rows: a page with many services has hundreds of intervals.
_INTERVALS = (
    select(
        UptimeIntervalRow.service_id,
        UptimeIntervalRow.status,
        UptimeIntervalRow.started_at,
        UptimeIntervalRow.ended_at,
    )
    .where(
        or_(
            col(UptimeIntervalRow.ended_at).is_(None),
            col(UptimeIntervalRow.ended_at) > bindparam("since", type_=UTCDateTime()),
        )
    )
    .order_by(col(UptimeIntervalRow.started_at))
)


def intervals_since(
    session: Session, since: datetime, *, service_id: int | None = None
) -> Sequence[tuple[int, str, datetime, datetime | None]]:
    """The intervals that end after `since` or have not ended, oldest first.

    Each is the id of the service, its status, the start and the end.
    """
    query = _INTERVALS
    if service_id is not None:
        query = query.where(UptimeIntervalRow.service_id == service_id)
    return session.exec(query, params={"since": since}).all()


def last_changes(session: Session) -> dict[int, datetime]:
    """The last time that incidents changed the status of a service, by its id."""
    found = session.exec(
        select(
            UptimeIntervalRow.service_id,
            func.max(UptimeIntervalRow.started_at),
            func.max(UptimeIntervalRow.ended_at),
        ).group_by(col(UptimeIntervalRow.service_id))
    ).all()
    return {service: max(begun, ended or begun) for service, begun, ended in found}


def replace_intervals(
    session: Session, service_id: int, intervals: Iterable[UptimeIntervalRow]
) -> None:
    """Replace all intervals of a service."""
    session.execute(
        delete(UptimeIntervalRow).where(col(UptimeIntervalRow.service_id) == service_id)
    )
    session.add_all(intervals)
