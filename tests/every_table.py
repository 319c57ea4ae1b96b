"""Two rows in every table, of any value that its columns take: for tests of whole databases."""

import hashlib
from collections.abc import Sequence
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
from app.domain.texts.localized_text import LocalizedText

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
    for known, value in _values(number):
        if isinstance(kind, known):
            return value
    if isinstance(kind, TypeDecorator):
        raise AssertionError(f"a value for {kind!r} is missing")
    return hashlib.sha256(f"{column}{number}".encode()).hexdigest()[:12]


def _values(number: int) -> Sequence[tuple[type, Any]]:
    """A value for each type of column; the first type that fits counts."""
    return (
        (TextColumn, LocalizedText.of(f"Störning {number} ما زال", "sv")),
        (UTCDateTime, _AT + timedelta(hours=number)),
        (JSON, JSON.NULL if number == 2 else {"ключ": [1, 0.1, None, "\u2028", "é"], "": {}}),
        (DateTime, (_AT + timedelta(days=number)).replace(tzinfo=None)),
        (Date, date(2021, 9, 29) + timedelta(days=number)),
        (Boolean, number == 1),
        (Integer, number),
        (Float, 0.1 * number),
        (LargeBinary, bytes(range(256)) * number),
    )
