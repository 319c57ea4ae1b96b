"""Tables of forecasts: their state per target, the future breaks, and the warnings sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant

__all__ = ["ForecastRow", "HorizonRow", "HorizonWarningRow"]


class ForecastRow(Row, table=True):
    """State of a target's forecast.

    `asked` counts the requests for a new forecast, `answered` the requests that the newest one took
    into account. `digest` identifies the client profiles and their stores. `next_at` is the next
    instant at which time alone makes the forecast out of date.
    """

    __tablename__ = "forecast"

    target_id: int = Field(primary_key=True, foreign_key="target.id")
    asked: int
    answered: int
    digest: str = Field(sa_type=Text)
    judged_at: datetime | None = instant(nullable=True, index=True)
    next_at: datetime | None = instant(nullable=True)


class HorizonRow(Row, table=True):
    """A future break of a target at `at`.

    `clients` are copies of the client profiles concerned, each with its own instant; `advice` is
    the best advice. `step` is the newest warning that was sent.
    """

    __tablename__ = "horizon"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id", index=True)
    chain_id: int = Field(foreign_key="chain.id", index=True)
    at: datetime = instant(index=True)
    kind: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    blamed_certificate: str | None = Field(default=None, sa_type=Text)
    subject: str = Field(sa_type=Text)
    clients: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    advice: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    step: int | None = None


class HorizonWarningRow(Row, table=True):
    """A warning of a break at one step, sent once even when the break disappears and returns."""

    __tablename__ = "horizon_warning"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id")
    subject_key: str = Field(sa_type=Text)
    step: int
    at: datetime = instant()
    kind: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    clients: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    advice: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    warned_at: datetime = instant()

    __table_args__ = (UniqueConstraint("target_id", "subject_key", "step"),)
