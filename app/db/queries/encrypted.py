"""Queries on rows with encrypted columns, for the rotation of the key."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session, select

from app.db.tables import (
    ChannelRow,
    IdempotencyRow,
    InstallationSecretRow,
    SourceRow,
    SubscriberRow,
    SubscriptionRequestRow,
    TranslationProviderRow,
    UserRow,
)

__all__ = ["TABLES", "next_rows", "position"]

# Each table with its primary key, by which batches continue.
_TABLES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (SourceRow, ("id",)),
    (UserRow, ("id",)),
    (IdempotencyRow, ("actor", "key")),
    (InstallationSecretRow, ("name",)),
    (SubscriberRow, ("id",)),
    (ChannelRow, ("id",)),
    (TranslationProviderRow, ("id",)),
    (SubscriptionRequestRow, ("id",)),
)
TABLES = len(_TABLES)


def next_rows(session: Session, table: int, after: object, *, limit: int) -> Sequence[Any]:
    """The next rows of a table by primary key, locked; those after a position when it is given."""
    kind, names = _TABLES[table]
    columns = [getattr(kind, name) for name in names]
    query = select(kind).order_by(*columns).limit(limit).with_for_update()
    if isinstance(after, tuple):
        query = query.where(tuple_(*columns) > after)
    return session.exec(query.execution_options(populate_existing=True)).all()


def position(row: object) -> tuple[Any, ...]:
    """The position of a row, for the next call of `next_rows`."""
    names = next(names for kind, names in _TABLES if isinstance(row, kind))
    return tuple(getattr(row, name) for name in names)
