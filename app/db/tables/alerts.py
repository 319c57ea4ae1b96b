"""Normalised statements of monitors and probes, by episode."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field

from app.db.base import Row, instant
from app.db.types import TextColumn
from app.domain.phrases import Text as Words

__all__ = ["AlertRow"]


class AlertRow(Row, table=True):
    """One episode of one alert: the same `source` and `dedup_key`, from firing to resolved.

    `services` maps the internal id of a service (as text, JSON knows no other keys) to the status
    the alert gives it; `headline` is the code of the phrase that its incident's title will be.
    `certain` alerts name their cause, so their incident opens as `identified`. At most one episode
    of a key is unresolved at a time.
    """

    __tablename__ = "alert"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text)
    dedup_key: str = Field(sa_type=Text)
    cause: str = Field(sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    headline: str = Field(sa_type=Text)
    body: Words = Field(sa_column=Column(TextColumn, nullable=False))
    host: str = Field(sa_type=Text)
    certain: bool
    occurrences: int
    services: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    publish: str = Field(sa_type=Text)
    group_wait_seconds: int
    settle_seconds: int
    incident_id: int | None = Field(default=None, foreign_key="incident.id", index=True)
    started_at: datetime = instant()
    last_seen_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)

    __table_args__ = (
        Index(
            "uq_alert_unresolved",
            "source",
            "dedup_key",
            unique=True,
            sqlite_where=text("state <> 'resolved'"),
            postgresql_where=text("state <> 'resolved'"),
        ),
    )
