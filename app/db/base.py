"""Base of all tables: metadata with a naming convention, and common kinds of columns."""

from typing import Any

from sqlalchemy import Index, MetaData, text
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from app.db.types import PublicId, UTCDateTime

__all__ = ["Row", "instant", "metadata", "partial_index", "public_id", "set_index_conditions"]

# Key of the condition of a partial index in its `info`.
_WHERE = "where"

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


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows that meet the condition `where`, in SQL.

    Only migrations need the condition, and get it by `set_index_conditions`: SQLAlchemy would
    import the dialects of SQLite and PostgreSQL for it, and that of PostgreSQL takes 2 MB.
    """
    return Index(name, *columns, unique=unique, info={_WHERE: where})


def set_index_conditions() -> None:
    """Set the conditions of all partial indexes, for SQLite and for PostgreSQL."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                condition = text(index.info[_WHERE])
                index.dialect_kwargs["sqlite_where"] = condition
                index.dialect_kwargs["postgresql_where"] = condition
