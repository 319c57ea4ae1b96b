"""Table of alerts of monitors and probes, one row per episode."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, Text
from sqlmodel import Field

from app.db.base import Row, instant, partial_index
from app.db.types import TextColumn, UTCDateTime
from app.domain.texts.phrases import Text as Words

__all__ = ["AlertRow"]


def _with_default(kind: Any, value: str) -> Column[Any]:  # noqa: ANN401  # any column type
    """Column with a server default, for rows that are older than the column."""
    return Column(kind, nullable=False, server_default=value)


class AlertRow(Row, table=True):
    """Episode of an alert (`source` and `dedup_key`), from firing to resolved.

    `services` maps internal ids of services (as text, because JSON keys are text) to the claimed
    status; `headline` is the phrase code of the incident's title. The cause of a `certain` alert is
    known, so its incident opens as `identified`. At most one episode of a dedup key is unresolved.

    Alerts with an equal `group` are equivalent for their cause. The columns after `ended_at` are
    for alerts of monitors: the monitor's texts, for staff only, and the settings of the route. From
    `status_set_at` to `status_cleared_at` a `service_only` alert sets the status of its services.
    `expires_at` is the end of an alert whose resolve is never reported.

    `started_at` and `ended_at` are times of our clock: the arrival of the first report, and that of
    the end. `source_started_at` and `source_ended_at` are the start and end that the sender stated,
    None if it stated none that is accepted. `reported_at` is the latest time by the sender's clock
    that a report was certainly made at or after; `last_received_at` is the arrival of the latest
    report that was not outdated.
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
    group: str | None = Field(default=None, sa_column=Column("kin", Text))
    source_id: int | None = Field(default=None, foreign_key="source.id", index=True)
    event_id: int | None = None
    action: str = Field(default="incident", sa_column=_with_default(Text(), "incident"))
    severity: str = Field(default="unknown", sa_column=_with_default(Text(), "unknown"))
    title: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    labels: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    source_url: str | None = Field(default=None, sa_type=Text)
    reported_at: datetime | None = Field(default=None, sa_column=Column("said_at", UTCDateTime))
    reopen_within_seconds: int = Field(default=1800, sa_column=_with_default(Integer(), "1800"))
    min_alerts: int = Field(default=1, sa_column=_with_default(Integer(), "1"))
    min_sources: int = Field(default=1, sa_column=_with_default(Integer(), "1"))
    source_started_at: datetime | None = instant(nullable=True)
    source_ended_at: datetime | None = instant(nullable=True)
    last_received_at: datetime | None = instant(nullable=True)
    stale_after_seconds: int | None = None
    stale_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True)
    status_set_at: datetime | None = Field(default=None, sa_column=Column("spoken_at", UTCDateTime))
    status_cleared_at: datetime | None = Field(
        default=None, sa_column=Column("silenced_at", UTCDateTime)
    )

    __table_args__ = (
        Index("ix_alert_source_dedup_key", "source", "dedup_key"),
        partial_index("ix_alert_spoken", "spoken_at", where="spoken_at IS NOT NULL"),
        partial_index(
            "uq_alert_unresolved",
            "source",
            "dedup_key",
            unique=True,
            where="state <> 'resolved'",
        ),
    )
