"""Tables of chain sightings, and of chain evidence for alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant

__all__ = ["ChainEvidenceRow", "SightingRow"]


class SightingRow(Row, table=True):
    """A chain that an address of a target served, with its first and newest sighting."""

    __tablename__ = "sighting"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id")
    address: str = Field(sa_type=Text)
    chain_id: int = Field(foreign_key="chain.id", index=True)
    first_seen_at: datetime = instant()
    last_seen_at: datetime = instant()

    __table_args__ = (UniqueConstraint("target_id", "address", "chain_id"),)


class ChainEvidenceRow(Row, table=True):
    """The chain that an alert was about when it began (`phase` is `failing`) or ended (`mended`).

    `since` is the first sighting of that. `clients` has the verdicts for copies of the target's
    client profiles, since profiles may be removed. `blamed_certificate` need not be
    one of those served.
    """

    __tablename__ = "chain_evidence"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id")
    phase: str = Field(sa_type=Text)
    target_id: int = Field(foreign_key="target.id", index=True)
    chain_id: int = Field(foreign_key="chain.id", index=True)
    address: str = Field(sa_type=Text)
    since: datetime = instant()
    seen_at: datetime = instant()
    clients: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    blamed_certificate: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True))
    )

    __table_args__ = (UniqueConstraint("alert_id", "phase"),)
