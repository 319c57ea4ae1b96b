"""Base of all tables: metadata with a naming convention, and common kinds of columns."""

from typing import Any

from sqlalchemy import MetaData
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from app.db.types import PublicId, UTCDateTime

__all__ = ["Row", "instant", "metadata", "public_id"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel):
    """Base class of all tables. Rows are not validated, so building validators is deferred."""

    model_config = SQLModelConfig(defer_build=True)
    metadata = metadata


def instant(*, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401
    """A column for a time: aware, in UTC."""
    return Field(default=None, sa_type=UTCDateTime, nullable=nullable, index=index)


def public_id() -> Any:  # noqa: ANN401
    """The column with the public id of a row: twelve random characters of [a-z0-9]."""
    return Field(sa_type=PublicId, unique=True)
