"""Query on the clock of the database server."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

__all__ = ["server_time"]


def server_time(session: Session) -> datetime | None:
    """The time by the clock of the server; None for SQLite, which has the clock of this machine."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    found: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return found
