"""Queries on maintenances, their changed windows and updates."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    false,
    func,
    not_,
    or_,
    tuple_,
)
from sqlmodel import Session, col, select

from app.db.queries.bounds import Bounds, read_bounds
from app.db.queries.title_search import title_conditions
from app.db.queries.visibility import visible
from app.db.snapshot import remembered_each, sent_once
from app.db.tables import (
    FormerTextRow,
    MaintenanceRow,
    MaintenanceServiceRow,
    MaintenanceUpdateRow,
    OccurrenceRow,
)
from app.db.types import UTCDateTime
from app.domain.maintenances.maintenance_filter import MaintenanceFilter, MaintenanceState
from app.domain.statuses import MaintenanceStatus
from app.domain.texts.search import search_words

__all__ = [
    "drop_occurrences",
    "filter_conditions",
    "find_maintenance",
    "find_update",
    "former_texts_of",
    "list_maintenances",
    "lock_maintenance",
    "occurrences_of",
    "planned_between",
    "recurring_maintenances",
    "replace_services",
    "services_of_maintenances",
    "status_condition",
    "updates_of",
    "visible_between",
    "visible_bounds",
    "visible_maintenance",
    "visible_maintenances",
    "visible_windows",
    "windows_under_way",
]


# Queries of many pages are built once: building one takes as long as executing it.
_NOW = bindparam("now", type_=UTCDateTime())
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_BY_PUBLIC_ID = select(MaintenanceRow).where(
    MaintenanceRow.public_id == bindparam("public_id"), col(MaintenanceRow.deleted_at).is_(None)
)
_LOCKING = _BY_PUBLIC_ID.execution_options(populate_existing=True).with_for_update()
_SERVICES = (
    select(MaintenanceServiceRow.maintenance_id, MaintenanceServiceRow.service_id)
    .where(col(MaintenanceServiceRow.maintenance_id).in_(_IDS))
    .order_by(col(MaintenanceServiceRow.service_id))
)
_OCCURRENCES = select(OccurrenceRow).where(col(OccurrenceRow.maintenance_id).in_(_IDS))
_UPDATES = (
    select(MaintenanceUpdateRow)
    .where(col(MaintenanceUpdateRow.maintenance_id).in_(_IDS))
    .order_by(col(MaintenanceUpdateRow.posted_at), col(MaintenanceUpdateRow.id))
)


@sent_once
def find_maintenance(session: Session, public_id: str) -> MaintenanceRow | None:
    """The maintenance with this public id, also a draft; for staff."""
    return session.exec(_BY_PUBLIC_ID, params={"public_id": public_id}).first()


def lock_maintenance(session: Session, public_id: str) -> MaintenanceRow | None:
    """The maintenance with this public id as it is now, locked until the transaction ends.

    Other transactions cannot change, publish or approve it in between.
    """
    return session.exec(_LOCKING, params={"public_id": public_id}).first()


def list_maintenances(
    session: Session,
    conditions: Iterable[ColumnElement[bool]] = (),
    *,
    after: tuple[datetime, int] | None,
    limit: int,
) -> Sequence[MaintenanceRow]:
    """Maintenances for staff that meet all conditions, latest start first.

    `after` is the start and the number of the last maintenance of the previous page.
    """
    begun, number = col(MaintenanceRow.starts_at), col(MaintenanceRow.id)
    query = select(MaintenanceRow).where(col(MaintenanceRow.deleted_at).is_(None), *conditions)
    if after is not None:
        query = query.where(tuple_(begun, number) < tuple_(*after))
    return session.exec(query.order_by(begun.desc(), number.desc()).limit(limit)).all()


def recurring_maintenances(
    session: Session, conditions: Iterable[ColumnElement[bool]]
) -> Sequence[MaintenanceRow]:
    """The recurring maintenances that meet all conditions; for staff."""
    recurs = (col(MaintenanceRow.deleted_at).is_(None), col(MaintenanceRow.recurrence).is_not(None))
    return session.exec(select(MaintenanceRow).where(*recurs, *conditions)).all()


def filter_conditions(
    found: MaintenanceFilter, service_id: int | None
) -> Iterator[ColumnElement[bool]]:
    """The conditions of a filter but its status; `service_id` is the service of the filter."""
    yield from title_conditions(MaintenanceRow, search_words(found.query or ""))
    if service_id is not None:
        named = select(MaintenanceServiceRow.maintenance_id).where(
            MaintenanceServiceRow.service_id == service_id
        )
        yield col(MaintenanceRow.id).in_(named)
    if found.since is not None:
        recurs = col(MaintenanceRow.recurrence).is_not(None)
        yield or_(recurs, col(MaintenanceRow.starts_at) >= found.since)
    if found.until is not None:
        yield col(MaintenanceRow.starts_at) < found.until
    if found.state is MaintenanceState.DRAFT:
        yield col(MaintenanceRow.published_at).is_(None)


def status_condition(
    status: MaintenanceStatus, now: datetime, recurring: Iterable[int]
) -> ColumnElement[bool]:
    """The condition that the window of a maintenance has a status at `now`.

    `recurring` are the numbers of the recurring ones with this status.
    """
    row = MaintenanceRow
    single = and_(col(row.recurrence).is_(None), *_of_status(status, now))
    return or_(single, col(row.id).in_(list(recurring)))


def _of_status(status: MaintenanceStatus, now: datetime) -> Iterator[ColumnElement[bool]]:
    row = MaintenanceRow
    cancelled = func.coalesce(col(row.cancelled_at) <= now, false())
    over = or_(col(row.ends_at) <= now, func.coalesce(col(row.completed_at) <= now, false()))
    verifying = func.coalesce(col(row.verifying_at) <= now, false())
    if status is MaintenanceStatus.CANCELLED:
        yield cancelled
        return
    yield not_(cancelled)
    if status is MaintenanceStatus.SCHEDULED:
        yield col(row.starts_at) > now
        return
    yield col(row.starts_at) <= now
    if status is MaintenanceStatus.COMPLETED:
        yield over
        return
    yield not_(over)
    yield verifying if status is MaintenanceStatus.VERIFYING else not_(verifying)


def replace_services(session: Session, maintenance_id: int, service_ids: Iterable[int]) -> None:
    """Replace the services of a maintenance."""
    of_maintenance = col(MaintenanceServiceRow.maintenance_id) == maintenance_id
    session.execute(delete(MaintenanceServiceRow).where(of_maintenance))
    session.add_all(
        MaintenanceServiceRow(maintenance_id=maintenance_id, service_id=number)
        for number in service_ids
    )
    session.flush()


_LASTING = (
    select(MaintenanceRow)
    .where(
        visible(MaintenanceRow, _NOW),
        or_(
            col(MaintenanceRow.ends_at) > bindparam("after", type_=UTCDateTime()),
            col(MaintenanceRow.recurrence).is_not(None),
        ),
    )
    .order_by(col(MaintenanceRow.starts_at), col(MaintenanceRow.id))
)
_UNDER_WAY = select(MaintenanceRow).where(
    visible(MaintenanceRow, _NOW),
    or_(
        col(MaintenanceRow.recurrence).is_not(None),
        and_(col(MaintenanceRow.starts_at) <= _NOW, col(MaintenanceRow.ends_at) > _NOW),
    ),
)


def visible_maintenances(
    session: Session, now: datetime, *, ending_after: datetime
) -> Sequence[MaintenanceRow]:
    """The public maintenances that end after `ending_after` or recur, soonest first."""
    return session.exec(_LASTING, params={"now": now, "after": ending_after}).all()


def visible_maintenance(session: Session, public_id: str, now: datetime) -> MaintenanceRow | None:
    """The public maintenance with this public id."""
    return session.exec(
        select(MaintenanceRow).where(
            visible(MaintenanceRow, now), MaintenanceRow.public_id == public_id
        )
    ).first()


def visible_windows(
    session: Session, now: datetime, *, limit: int, of_service: int | None = None
) -> Sequence[MaintenanceRow]:
    """Public maintenances, latest start first, cancelled ones too.

    All that end after `now` or recur, and the `limit` latest of the others.
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
    """The numbers of the services of these maintenances, by maintenance."""

    def read(numbers: list[int]) -> dict[int, list[int]]:
        services: dict[int, list[int]] = {}
        for maintenance, service in session.exec(_SERVICES, params={"ids": numbers}):
            services.setdefault(maintenance, []).append(service)
        return services

    return remembered_each(session, "services of maintenances", ids, read)


def windows_under_way(session: Session, now: datetime) -> Sequence[MaintenanceRow]:
    """The public maintenances that may be under way, and all that recur."""
    return session.exec(_UNDER_WAY, params={"now": now}).all()


def visible_between(
    session: Session, now: datetime, *, since: datetime, until: datetime
) -> Sequence[MaintenanceRow]:
    """The public maintenances that begin in this span, and all that recur."""
    return session.exec(
        select(MaintenanceRow).where(
            visible(MaintenanceRow, now),
            or_(
                col(MaintenanceRow.recurrence).is_not(None),
                and_(col(MaintenanceRow.starts_at) >= since, col(MaintenanceRow.starts_at) < until),
            ),
        )
    ).all()


def visible_bounds(session: Session, now: datetime, *, before: datetime, after: datetime) -> Bounds:
    """The starts of public maintenances: the first one, and the nearest to these instants.

    Counts those that have begun and do not recur.
    """
    begun = col(MaintenanceRow.starts_at)
    shown = and_(
        visible(MaintenanceRow, now), col(MaintenanceRow.recurrence).is_(None), begun <= now
    )
    return read_bounds(session, begun, shown, before=before, after=after)


def planned_between(
    session: Session, *, since: datetime, until: datetime
) -> Sequence[MaintenanceRow]:
    """The maintenances that overlap this span, drafts too, and all that recur; for staff."""
    return session.exec(
        select(MaintenanceRow).where(
            col(MaintenanceRow.deleted_at).is_(None),
            col(MaintenanceRow.cancelled_at).is_(None),
            or_(
                col(MaintenanceRow.recurrence).is_not(None),
                and_(col(MaintenanceRow.starts_at) < until, col(MaintenanceRow.ends_at) > since),
            ),
        )
    ).all()


def occurrences_of(session: Session, ids: Iterable[int]) -> dict[int, list[OccurrenceRow]]:
    """The changed windows of these maintenances, and those with updates, by maintenance."""

    def read(numbers: list[int]) -> dict[int, list[OccurrenceRow]]:
        return _by_maintenance(session.exec(_OCCURRENCES, params={"ids": numbers}))

    return remembered_each(session, "occurrences", ids, read)


def updates_of(session: Session, ids: Iterable[int]) -> dict[int, list[MaintenanceUpdateRow]]:
    """The updates of these maintenances, removed ones too, oldest first, by maintenance."""

    def read(numbers: list[int]) -> dict[int, list[MaintenanceUpdateRow]]:
        return _by_maintenance(session.exec(_UPDATES, params={"ids": numbers}))

    return remembered_each(session, "updates of maintenances", ids, read)


def find_update(
    session: Session, maintenance_id: int, public_id: str
) -> MaintenanceUpdateRow | None:
    """The update of a maintenance with this public id, unless it was removed."""
    return session.exec(
        select(MaintenanceUpdateRow).where(
            MaintenanceUpdateRow.maintenance_id == maintenance_id,
            MaintenanceUpdateRow.public_id == public_id,
            col(MaintenanceUpdateRow.removed_at).is_(None),
        )
    ).first()


def former_texts_of(
    session: Session, maintenance_id: int, update_ids: Iterable[int]
) -> dict[tuple[str, int], list[FormerTextRow]]:
    """The former texts of a maintenance and of these updates, oldest first, by subject and id."""
    of_maintenance = and_(
        col(FormerTextRow.subject).in_(["maintenance.title", "maintenance.body"]),
        col(FormerTextRow.subject_id) == maintenance_id,
    )
    of_updates = and_(
        col(FormerTextRow.subject) == "maintenance.update",
        col(FormerTextRow.subject_id).in_(list(update_ids)),
    )
    found = session.exec(
        select(FormerTextRow).where(or_(of_maintenance, of_updates)).order_by(col(FormerTextRow.id))
    ).all()
    former: dict[tuple[str, int], list[FormerTextRow]] = {}
    for row in found:
        former.setdefault((row.subject, row.subject_id), []).append(row)
    return former


def drop_occurrences(session: Session, maintenance_id: int, *, after: datetime) -> None:
    """Delete the changes of windows that begin after this time."""
    session.execute(
        delete(OccurrenceRow).where(
            col(OccurrenceRow.maintenance_id) == maintenance_id,
            col(OccurrenceRow.starts_at) > after,
        )
    )


Part = TypeVar("Part", OccurrenceRow, MaintenanceUpdateRow)


def _by_maintenance(rows: Iterable[Part]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for row in rows:
        found.setdefault(row.maintenance_id, []).append(row)
    return found
