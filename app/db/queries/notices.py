"""Queries on notices."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.db.tables import NoticeRow

__all__ = ["add_notice", "existing_keys"]


def add_notice(session: Session, values: Mapping[str, Any]) -> bool:
    """Store a notice; False when there is one with its key already."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(NoticeRow).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return session.execute(statement.returning(col(NoticeRow.id))).first() is not None


def existing_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of `keys` that a notice has."""
    if not keys:
        return set()
    return set(session.exec(select(NoticeRow.key).where(col(NoticeRow.key).in_(keys))).all())
