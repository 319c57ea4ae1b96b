"""The page's facts and its revision."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.db.tables import PageRow, RevisionRow

__all__ = ["grow_revision", "read_page", "read_revision"]


def read_page(session: Session) -> PageRow:
    """The one page; the first migration made it."""
    return session.exec(select(PageRow)).one()


def read_revision(session: Session) -> tuple[int, datetime]:
    """The revision's number and when it came about."""
    row = session.exec(select(RevisionRow)).one()
    return row.number, row.changed_at


def grow_revision(session: Session, now: datetime) -> None:
    """Make the revision one greater, in the transaction of the change itself."""
    session.execute(update(RevisionRow).values(number=col(RevisionRow.number) + 1, changed_at=now))
