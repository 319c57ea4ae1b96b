"""Queries on notices."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.queries.visibility import visible
from app.db.tables import (
    IncidentRow,
    IncidentUpdateRow,
    MaintenanceRow,
    MaintenanceUpdateRow,
    NoticeRow,
    PostmortemRow,
)
from app.db.types import UTCDateTime
from app.domain.notifications.events import NoticeEvent

__all__ = [
    "add_notice",
    "existing_keys",
    "find_notice",
    "latest_notice",
    "update_of",
    "updates_of_notices",
    "visible_ids",
    "visible_incident",
    "visible_maintenance",
]

# The length of `maintenance:` and a public id: the thread of a whole maintenance.
_WHOLE_THREAD = 24
_REPLACING_A_REMINDER = (
    NoticeEvent.MAINTENANCE_CHANGED.value,
    NoticeEvent.MAINTENANCE_CANCELLED.value,
    NoticeEvent.MAINTENANCE_STARTED.value,
)


def add_notice(session: Session, values: Mapping[str, Any]) -> bool:
    """Store a notice; False when there is one with its key already."""
    statement = insert_into(session, NoticeRow).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["key"])
    return session.execute(statement.returning(col(NoticeRow.id))).first() is not None


def existing_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of `keys` that a notice has."""
    if not keys:
        return set()
    return set(session.exec(select(NoticeRow.key).where(col(NoticeRow.key).in_(keys))).all())


def find_notice(session: Session, number: int) -> NoticeRow | None:
    """A notice by its row id."""
    return session.get(NoticeRow, number)


def visible_incident(session: Session, number: int, now: datetime) -> IncidentRow | None:
    """The incident with this row id, if visitors may see it."""
    query = select(IncidentRow).where(IncidentRow.id == number, visible(IncidentRow, now))
    return session.exec(query).first()


def visible_maintenance(session: Session, number: int, now: datetime) -> MaintenanceRow | None:
    """The maintenance with this row id, if visitors may see it."""
    query = select(MaintenanceRow).where(MaintenanceRow.id == number, visible(MaintenanceRow, now))
    return session.exec(query).first()


def visible_ids(session: Session, numbers: Collection[int], now: datetime) -> set[int]:
    """Those of these notices that visitors may see; those about one subscription always."""
    values = {"ids": list(numbers), "now": now}
    return {number for (number,) in session.connection().execute(_visible_ids(), values)}


@cache
def _visible_ids() -> Any:  # noqa: ANN401  # built once, which takes longer than executing it
    now: Any = bindparam("now", type_=UTCDateTime)
    kind, event = col(NoticeRow.subject_kind), col(NoticeRow.event)
    subject = col(NoticeRow.subject_id)
    of_incident = and_(
        kind == "incident",
        exists().where(col(IncidentRow.id) == subject, visible(IncidentRow, now)),
        or_(
            # The opening has all updates that there are.
            event == NoticeEvent.INCIDENT_OPENED.value,
            col(NoticeRow.update_id).is_(None),
            exists().where(
                col(IncidentUpdateRow.id) == NoticeRow.update_id,
                col(IncidentUpdateRow.removed_at).is_(None),
            ),
        ),
        or_(
            event != NoticeEvent.INCIDENT_POSTMORTEM.value,
            exists().where(col(PostmortemRow.incident_id) == subject, visible(PostmortemRow, now)),
        ),
    )
    later = aliased(NoticeRow)
    of_maintenance = and_(
        kind == "maintenance",
        exists().where(col(MaintenanceRow.id) == subject, visible(MaintenanceRow, now)),
        or_(
            col(NoticeRow.update_id).is_(None),
            exists().where(
                col(MaintenanceUpdateRow.id) == NoticeRow.update_id,
                col(MaintenanceUpdateRow.removed_at).is_(None),
            ),
        ),
        or_(
            event != NoticeEvent.MAINTENANCE_REMINDER.value,
            ~exists().where(
                # The window itself, or the whole maintenance: `maintenance:` and its id.
                col(later.thread).in_(
                    [col(NoticeRow.thread), func.substr(NoticeRow.thread, 1, _WHOLE_THREAD)]
                ),
                col(later.id) > NoticeRow.id,
                col(later.event).in_(_REPLACING_A_REMINDER),
            ),
        ),
    )
    others = kind.not_in(["incident", "maintenance"])
    return select(NoticeRow.id).where(
        col(NoticeRow.id).in_(bindparam("ids", expanding=True)),
        or_(of_incident, of_maintenance, others),
    )


def update_of(session: Session, notice: NoticeRow) -> str | None:
    """The public id of the update that a notice is about."""
    return updates_of_notices(session, [notice]).get(notice.id or 0)


def updates_of_notices(session: Session, found: Sequence[NoticeRow]) -> dict[int, str]:
    """The public ids of the updates that notices are about, by notice."""
    updates: dict[int, str] = {}
    for is_incident, table in ((True, IncidentUpdateRow), (False, MaintenanceUpdateRow)):
        numbers = {
            notice.id or 0: notice.update_id
            for notice in found
            if notice.update_id is not None and (notice.subject_kind == "incident") is is_incident
        }
        if numbers:
            query = select(table.id, table.public_id).where(col(table.id).in_(numbers.values()))
            known = dict(session.exec(query).all())
            updates |= {number: known[each] for number, each in numbers.items() if each in known}
    return updates


def latest_notice(
    session: Session, threads: Collection[str], events: Collection[str]
) -> datetime | None:
    """When the latest notice of one of these events was made in one of these threads."""
    query = select(func.max(NoticeRow.made_at)).where(
        col(NoticeRow.thread).in_(threads), col(NoticeRow.event).in_(events)
    )
    return session.exec(query).one()
