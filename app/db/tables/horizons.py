"""The ledger of horizons: what will end, for whom, and which warnings were given of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant

__all__ = ["ForecastRow", "HorizonRow", "HorizonWarningRow"]


class ForecastRow(Row, table=True):
    """When and on what ground the horizons of a target were worked out.

    `asked` counts the reasons to do it again, `answered` is what it was then. `digest` stands for
    the client profiles and their stores. `next_at` is when time alone changes what follows.
    """

    __tablename__ = "forecast"

    target_id: int = Field(primary_key=True, foreign_key="target.id")
    asked: int
    answered: int
    digest: str = Field(sa_type=Text)
    judged_at: datetime | None = instant(nullable=True, index=True)
    next_at: datetime | None = instant(nullable=True)


class HorizonRow(Row, table=True):
    """One thing that will end the trust of some client profiles in a target, as of `at`.

    `clients` names the profiles, each with its own instant; `advice` is what would help most.
    `step` is the newest warning that was given of it.
    """

    __tablename__ = "horizon"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id", index=True)
    chain_id: int = Field(foreign_key="chain.id", index=True)
    at: datetime = instant(index=True)
    kind: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    culprit: str | None = Field(default=None, sa_type=Text)
    subject: str = Field(sa_type=Text)
    clients: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    advice: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    step: int | None = None


class HorizonWarningRow(Row, table=True):
    """A warning of one thing that will end, at one step: given once, whatever comes and goes."""

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
