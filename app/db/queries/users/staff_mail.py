"""Queries on mails to staff."""

from datetime import datetime

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.tables import StaffMailRow

__all__ = [
    "count_of_place",
    "delete_finished",
    "find_mail",
    "has_due",
    "lock_next",
    "sent_links",
]


def has_due(session: Session, now: datetime) -> bool:
    """Whether a mail can be sent now."""
    return session.exec(_due(now)).first() is not None


def lock_next(session: Session, now: datetime) -> StaffMailRow | None:
    """The first mail that can be sent now, locked; None when there is none."""
    query = _due(now).with_for_update(skip_locked=True)
    return session.exec(query.execution_options(populate_existing=True)).first()


def find_mail(session: Session, number: int, worker: str) -> StaffMailRow | None:
    """A mail that a worker holds, locked; None when it holds it no more."""
    query = select(StaffMailRow).where(
        StaffMailRow.id == number,
        StaffMailRow.worker == worker,
        col(StaffMailRow.finished_at).is_(None),
    )
    return session.exec(query.with_for_update()).first()


def count_of_place(
    session: Session, place: str, *, day_ago: datetime, lately: datetime
) -> tuple[int, int]:
    """The links that were requested from a place since two times."""
    query = select(StaffMailRow.made_at).where(
        StaffMailRow.place == place, col(StaffMailRow.made_at) > day_ago
    )
    found = session.exec(query).all()
    return len(found), sum(1 for each in found if each > lately)


def sent_links(session: Session, mac: str, since: datetime) -> tuple[int, datetime | None]:
    """The number of links that were sent to an address since a time, and when the last one was."""
    query = select(func.count(), func.max(StaffMailRow.finished_at)).where(
        StaffMailRow.mac == mac,
        col(StaffMailRow.code).is_(None),
        col(StaffMailRow.finished_at) > since,
    )
    return session.exec(query).one()


def delete_finished(session: Session, before: datetime, link_kind: str, links: datetime) -> None:
    """Delete mails that were finished before a time, and links before another time."""
    is_link = col(StaffMailRow.kind) == link_kind
    session.execute(
        delete(StaffMailRow).where(
            or_(
                col(StaffMailRow.finished_at) < links,
                (col(StaffMailRow.finished_at) < before) & ~is_link,
            )
        )
    )


def _due(now: datetime) -> SelectOfScalar[StaffMailRow]:
    return (
        select(StaffMailRow)
        .where(
            col(StaffMailRow.finished_at).is_(None),
            col(StaffMailRow.due_at) <= now,
            or_(col(StaffMailRow.leased_until).is_(None), col(StaffMailRow.leased_until) <= now),
        )
        .order_by(col(StaffMailRow.due_at), col(StaffMailRow.id))
        .limit(1)
    )
