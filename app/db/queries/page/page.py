"""Queries on the page and its revision."""

from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from app.db.tables import PageRow, RevisionRow

__all__ = ["REVISION_CHANNEL", "increment_revision", "read_page", "read_revision", "remember_page"]

REVISION_CHANNEL = "fyr_revision"


_PAGE = select(PageRow)
_LOADED_PAGE = "fyr_page"
_REVISION = select(RevisionRow.number, RevisionRow.changed_at)


def read_page(session: Session) -> PageRow:
    """The only row of the page, which the first migration inserted; queried once in a session."""
    loaded: PageRow | None = session.info.get(_LOADED_PAGE)
    if loaded is None or loaded not in session:
        loaded = session.exec(_PAGE).one()
        remember_page(session, loaded)
    return loaded


def remember_page(session: Session, row: PageRow) -> None:
    """Let `read_page` return the row, which another query has loaded."""
    session.info[_LOADED_PAGE] = row


def read_revision(session: Session) -> tuple[int, datetime]:
    """The revision number and the time of the change."""
    number, changed_at = session.exec(_REVISION).one()
    return number, changed_at


def increment_revision(session: Session, now: datetime) -> None:
    """Increment the revision, in the transaction of the change itself.

    PostgreSQL notifies the listeners at the commit.
    """
    session.execute(update(RevisionRow).values(number=col(RevisionRow.number) + 1, changed_at=now))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {REVISION_CHANNEL}"))
