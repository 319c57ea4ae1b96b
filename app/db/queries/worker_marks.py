"""Queries on the marks of periodic tasks: until when each has looked."""

from datetime import datetime

from sqlmodel import Session, select

from app.db.tables import WorkerMarkRow

__all__ = ["looked_until", "set_looked_until"]


def looked_until(session: Session, name: str) -> datetime | None:
    """Until when a task has looked; None before it has looked for the first time."""
    query = select(WorkerMarkRow.looked_until).where(WorkerMarkRow.name == name)
    return session.exec(query).first()


def set_looked_until(session: Session, name: str, at: datetime) -> None:
    """Record until when a task has looked."""
    query = select(WorkerMarkRow).where(WorkerMarkRow.name == name).with_for_update()
    row = session.exec(query).first() or WorkerMarkRow(name=name, looked_until=at)
    row.looked_until = at
    session.add(row)
