"""Tables of sources, inbound events, routes and service aliases."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from app.db.base import Row, instant, partial_index, public_id

__all__ = ["HookEventRow", "HookUsageRow", "RouteRow", "ServiceAliasRow", "SourceRow"]


class SourceRow(Row, table=True):
    """Configured monitor. Its token has 128 random bits and is stored as a SHA-256 hash.

    `secrets` are encrypted (usecases.encryption), newest first, at most two; the second secret and
    the former token are valid until `former_valid_until`. `understood_at` is the time of the first
    event that began or ended an alert. `rate_limit` is the number of requests per five minutes, 0
    means no limit.
    """

    __tablename__ = "source"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    token_hash: str = Field(sa_type=Text, unique=True)
    former_token_hash: str | None = Field(default=None, sa_type=Text, unique=True)
    auth: str = Field(sa_type=Text)
    auth_options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    secrets: list[str] = Field(sa_column=Column(JSON, nullable=False))
    former_valid_until: datetime | None = instant(nullable=True)
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    publish: str = Field(sa_type=Text)
    stale_after_seconds: int | None = None
    rate_limit: int
    is_enabled: bool
    last_event_at: datetime | None = instant(nullable=True)
    understood_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    deleted_at: datetime | None = instant(nullable=True)


class HookEventRow(Row, table=True):
    """Inbound event as received; `repeats` counts the retries with its idempotency key.

    A replay has the time of the original request as `first_received_at`; else it is None. `verdict`
    is `waiting` until the event is processed; `detail` explains it to staff.
    """

    __tablename__ = "hook_event"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    source_id: int = Field(foreign_key="source.id")
    received_at: datetime = instant(index=True)
    first_received_at: datetime | None = instant(nullable=True)
    method: str = Field(sa_type=Text)
    path: str = Field(sa_type=Text)
    query: str = Field(sa_type=Text)
    headers: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    repeats: int
    attempts: int
    verdict: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
    processed_at: datetime | None = instant(nullable=True)

    __table_args__ = (
        UniqueConstraint("source_id", "idempotency_key"),
        Index("ix_hook_event_source_id_id", "source_id", "id"),
        partial_index("ix_hook_event_waiting", "source_id", "id", where="processed_at IS NULL"),
    )


class HookUsageRow(Row, table=True):
    """Inbound events that were stored of a source on one UTC day: their number and size in bytes.

    It counts what arrived, also after the events are deleted.
    """

    __tablename__ = "hook_usage"

    source_id: int = Field(foreign_key="source.id", primary_key=True)
    stored_on: date = Field(sa_type=Date, primary_key=True, index=True)
    bytes: int = Field(sa_type=BigInteger)
    events: int


class RouteRow(Row, table=True):
    """Rule from alerts to services and an action; the first matching route applies.

    `services` are internal ids; `statuses` maps severities to service statuses. The fields are
    described in app.domain.alerts.routing.
    """

    __tablename__ = "route"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    position: int
    source_id: int | None = Field(default=None, foreign_key="source.id", index=True)
    is_enabled: bool
    matchers: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    action: str = Field(sa_type=Text)
    services: list[int] = Field(sa_column=Column(JSON, nullable=False))
    service_label: str | None = Field(default=None, sa_type=Text)
    statuses: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    group_by: list[str] = Field(sa_column=Column(JSON, nullable=False))
    group_wait_seconds: int
    min_alerts: int
    min_sources: int
    resolve_after_seconds: int
    reopen_within_seconds: int
    publish: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = instant()


class ServiceAliasRow(Row, table=True):
    """Additional name that monitors use for a service, case-folded."""

    __tablename__ = "service_alias"

    id: int | None = Field(default=None, primary_key=True)
    alias: str = Field(sa_type=Text, unique=True)
    service_id: int = Field(foreign_key="service.id", index=True)
