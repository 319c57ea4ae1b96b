"""Two rows in every table, of any value that its columns take: for tests of whole databases."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    delete,
    insert,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from app.db.base import metadata
from app.db.types import TextColumn, UTCDateTime
from app.domain.localized_text import LocalizedText

__all__ = ["fill_every_table"]

_AT = datetime(2021, 9, 30, 14, 1, 15, 123456, tzinfo=UTC)


def fill_every_table(session: Session) -> None:
    """Replace the content of all tables: a row with every value, and one with NULL where it can.

    The values are awkward: microseconds, a JSON null, bytes, characters of many scripts.
    """
    for table in reversed(metadata.sorted_tables):
        session.execute(delete(table))
    for table in metadata.sorted_tables:
        for number in (1, 2):
            session.execute(insert(table), [_row(table, number)])


def _row(table: Table, number: int) -> dict[str, Any]:
    return {
        column.name: None if number == 2 and _may_be_null(column) else _value(column, number)
        for column in table.columns
    }


def _may_be_null(column: Column[Any]) -> bool:
    return bool(column.nullable) and not column.primary_key


def _value(column: Column[Any], number: int) -> Any:  # noqa: ANN401  # of any kind
    kind = column.type
    if isinstance(kind, TextColumn):
        return LocalizedText.of(f"Störning {number} ما زال", "sv")
    if isinstance(kind, UTCDateTime):
        return _AT + timedelta(hours=number)
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, JSON):
        return JSON.NULL if number == 2 else {"ключ": [1, 0.1, None, "\u2028", "é"], "": {}}
    if isinstance(plain, DateTime):
        return (_AT + timedelta(days=number)).replace(tzinfo=None)
    if isinstance(plain, Date):
        return date(2021, 9, 29 + number - 1)
    if isinstance(plain, Boolean):
        return number == 1
    if isinstance(plain, Integer):
        return number
    if isinstance(plain, Float):
        return 0.1 * number
    if isinstance(plain, LargeBinary):
        return bytes(range(256)) * number
    return hashlib.sha256(f"{column}{number}".encode()).hexdigest()[:12]
