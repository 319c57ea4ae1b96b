"""Planned windows."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.phrases import Text as Words

__all__ = ["MaintenanceRow", "MaintenanceServiceRow"]


class MaintenanceRow(Row, table=True):
    """`recurrence` is an RRULE (RFC 5545 section 3.3.10) in the page's zone, or None."""

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


class MaintenanceServiceRow(Row, table=True):
    __tablename__ = "maintenance_service"

    maintenance_id: int = Field(primary_key=True, foreign_key="maintenance.id")
    service_id: int = Field(primary_key=True, foreign_key="service.id", index=True)
