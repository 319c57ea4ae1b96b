"""Services, their groups, and the cache of what they went through."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id
from app.db.types import TextColumn
from app.domain.texts.localized_text import LocalizedText

__all__ = ["ServiceGroupRow", "ServiceRow", "UptimeIntervalRow"]


class ServiceGroupRow(Row, table=True):
    __tablename__ = "service_group"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    slug: str = Field(sa_type=Text, unique=True)
    name: LocalizedText = Field(sa_column=Column(TextColumn, nullable=False))
    position: int
    created_at: datetime = instant()


class ServiceRow(Row, table=True):
    """A service. `known_since` is the start of its history: earlier days have no data."""

    __tablename__ = "service"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    slug: str = Field(sa_type=Text, unique=True)
    name: LocalizedText = Field(sa_column=Column(TextColumn, nullable=False))
    description: LocalizedText | None = Field(default=None, sa_column=Column(TextColumn))
    group_id: int | None = Field(default=None, foreign_key="service_group.id", index=True)
    position: int
    known_since: datetime = instant()
    created_at: datetime = instant()
    updated_at: datetime = instant()
    archived_at: datetime | None = instant(nullable=True)


class UptimeIntervalRow(Row, table=True):
    """An interval in which public incidents made the status of a service worse than operational.

    A cache: only `app.usecases.incidents.uptime` writes it, from the updates of incidents.
    """

    __tablename__ = "uptime_interval"

    id: int | None = Field(default=None, primary_key=True)
    service_id: int = Field(foreign_key="service.id", index=True)
    status: str = Field(sa_type=Text)
    started_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True, index=True)
