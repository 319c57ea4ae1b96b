"""Tables of targets, their probes, and distinct chains."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Text
from sqlmodel import Field

from app.db.base import Row, instant, public_id

__all__ = ["ChainRow", "ProbeRow", "TargetRow", "TargetServiceRow"]


class TargetRow(Row, table=True):
    """A target.

    `watch` is the state of app.domain.certificates.watch as JSON, `state` the result of the newest
    probe. `leased_until` is set by the worker that claimed the next probe (compare and set).
    """

    __tablename__ = "target"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = public_id()
    host: str = Field(sa_type=Text)
    port: int
    starttls: str | None = Field(default=None, sa_type=Text)
    publish: str = Field(sa_type=Text)
    interval_seconds: int
    fail_after: int
    recover_after: int
    warn_days: int
    profiles: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    watch: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(sa_type=Text)
    probed_at: datetime | None = instant(nullable=True)
    due_at: datetime = instant(index=True)
    leased_until: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    paused_at: datetime | None = instant(nullable=True)
    deleted_at: datetime | None = instant(nullable=True)


class TargetServiceRow(Row, table=True):
    __tablename__ = "target_service"

    target_id: int = Field(primary_key=True, foreign_key="target.id")
    service_id: int = Field(primary_key=True, foreign_key="service.id", index=True)


class ChainRow(Row, table=True):
    """A chain exactly as served, stored once. `ders` are the certificates, each with its length
    first.
    """

    __tablename__ = "chain"

    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(sa_type=Text, unique=True)
    ders: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    first_seen_at: datetime = instant()
    last_seen_at: datetime = instant()


class ProbeRow(Row, table=True):
    """One probe. `result` has the verdicts and findings as judged then."""

    __tablename__ = "probe"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id", index=True)
    probed_at: datetime = instant(index=True)
    address: str = Field(sa_type=Text)
    chain_id: int | None = Field(default=None, foreign_key="chain.id", index=True)
    failure: str | None = Field(default=None, sa_type=Text)
    result: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
