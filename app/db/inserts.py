"""INSERT with ON CONFLICT, which SQLAlchemy offers for each database by itself."""

from typing import TYPE_CHECKING

from sqlmodel import Session

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

    from app.db.base import Row

__all__ = ["insert_into"]


def insert_into(session: Session, table: "type[Row]") -> "PostgresqlInsert | SqliteInsert":
    """An INSERT into the table that can have ON CONFLICT.

    Imports the dialect of the session's database only: that of PostgreSQL takes 2 MB.
    """
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql

        return insert_on_postgresql(table)
    from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

    return insert_on_sqlite(table)
