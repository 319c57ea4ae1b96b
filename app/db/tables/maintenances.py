"""Tables of maintenances: services, changed windows, and updates."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Text, UniqueConstraint, true
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.texts.phrases import Text as Words

__all__ = [
    "MaintenanceRow",
    "MaintenanceServiceRow",
    "MaintenanceUpdateRow",
    "OccurrenceRow",
]


class MaintenanceRow(Row, table=True):
    """A maintenance. `recurrence` is an RRULE (RFC 5545 section 3.3.10) in the zone of the page.

    Without a rule the row is the only window. With one, `starts_at` and `ends_at` are the first
    window of the rule, `cancelled_at` ends the series, and a changed window has an OccurrenceRow.
    `local_start` and `local_end` are the local times that the rule repeats, without an offset; on
    the day of the first window, clocks may skip them. They count only while they stand for
    `starts_at` and `ends_at` in the page's zone; otherwise the local times of these are repeated.
    `title_search` is the title in its languages, folded for search; None until the worker has
    indexed a title that an older release stored.
    """

    __tablename__ = "maintenance"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    title: Words = Field(sa_column=Column(TextColumn, nullable=False))
    title_search: str | None = Field(default=None, sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant(index=True)
    recurrence: str | None = Field(default=None, sa_type=Text)
    local_start: datetime | None = Field(default=None, sa_type=DateTime)
    local_end: datetime | None = Field(default=None, sa_type=DateTime)
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
    """A window of a recurring maintenance that was changed or has updates.

    `recurs_at` is the start that the rule gives, and stays when the window is moved.
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
    """An update of a maintenance, or of its window that `recurs_at` identifies."""

    __tablename__ = "maintenance_update"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    maintenance_id: int = Field(foreign_key="maintenance.id", index=True)
    recurs_at: datetime | None = instant(nullable=True)
    status: str = Field(sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    posted_at: datetime = instant()
    edited_at: datetime | None = instant(nullable=True)
    removed_at: datetime | None = instant(nullable=True)
    notify: bool
