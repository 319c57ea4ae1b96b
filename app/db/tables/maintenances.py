"""Planned windows."""

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint, true
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.phrases import Text as Words

__all__ = [
    "MaintenanceRow",
    "MaintenanceServiceRow",
    "MaintenanceUpdateRow",
    "OccurrenceRow",
]


class MaintenanceRow(Row, table=True):
    """`recurrence` is an RRULE (RFC 5545 section 3.3.10) in the page's zone, or None.

    Without one the row is the window. With one `starts_at` and `ends_at` are the rule's first
    window, `cancelled_at` ends the series, and what became of a window stands in its own row.
    """

    __tablename__ = "maintenance"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    title: Words = Field(sa_column=Column(TextColumn, nullable=False))
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant(index=True)
    recurrence: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = instant()
    updated_at: datetime = instant()
    published_at: datetime | None = instant(nullable=True)
    verifying_at: datetime | None = instant(nullable=True)
    completed_at: datetime | None = instant(nullable=True)
    cancelled_at: datetime | None = instant(nullable=True)
    deleted_at: datetime | None = instant(nullable=True)
    notify: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class MaintenanceServiceRow(Row, table=True):
    __tablename__ = "maintenance_service"

    maintenance_id: int = Field(primary_key=True, foreign_key="maintenance.id")
    service_id: int = Field(primary_key=True, foreign_key="service.id", index=True)


class OccurrenceRow(Row, table=True):
    """One window of a maintenance that recurs, once somebody did or said something about it.

    `recurs_at` is when the rule lets it begin, and stays when it is moved.
    """

    __tablename__ = "maintenance_occurrence"
    __table_args__ = (UniqueConstraint("maintenance_id", "recurs_at"),)

    id: int | None = Field(default=None, primary_key=True)
    maintenance_id: int = Field(foreign_key="maintenance.id", index=True)
    recurs_at: datetime = instant()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    verifying_at: datetime | None = instant(nullable=True)
    completed_at: datetime | None = instant(nullable=True)
    cancelled_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class MaintenanceUpdateRow(Row, table=True):
    """One dated message of a maintenance, or of the window of it that `recurs_at` names."""

    __tablename__ = "maintenance_update"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    maintenance_id: int = Field(foreign_key="maintenance.id", index=True)
    recurs_at: datetime | None = instant(nullable=True)
    status: str = Field(sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    posted_at: datetime = instant()
    edited_at: datetime | None = instant(nullable=True)
    notify: bool
