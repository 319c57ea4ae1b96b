"""Rows of all tables as JSON objects and back, equal on SQLite and PostgreSQL.

A column that is NULL has no member, so that a JSON column that stores `null` differs from it. Times
are RFC 3339 in UTC; local times have no offset. Bytes are base64.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    collate,
    delete,
    false,
    func,
    insert,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

import app.db.tables  # noqa: F401  # fills the metadata
from app.db.base import metadata

__all__ = [
    "RowFilter",
    "StoredRowError",
    "count_rows",
    "filled_tables",
    "insert_rows",
    "read_rows",
    "tables",
]

_BATCH = 500
_VERSION_TABLE = "alembic_version"
# The rows of these tables are written by the first migration.
_SEEDED = frozenset({"page", "revision"})


class StoredRowError(Exception):
    """A row does not fit the table; the message says why, and `number` is its place."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number


@dataclass(frozen=True, slots=True)
class RowFilter:
    """The rows whose column has one of the values; without `values`, any value but NULL."""

    column: str
    values: frozenset[str] | None = None

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Whether a row as a JSON object is one of them."""
        value = row.get(self.column)
        return value is not None if self.values is None else value in self.values


def tables() -> Sequence[str]:
    """The names of all tables; one that refers to another comes after it."""
    return [table.name for table in metadata.sorted_tables]


def count_rows(session: Session, name: str, without: RowFilter | None = None) -> int:
    """The number of rows of a table, without some of them."""
    table = metadata.tables[name]
    query = select(func.count()).select_from(table)
    if without is not None:
        column = table.columns[without.column]
        is_other = column.not_in(without.values) if without.values is not None else false()
        query = query.where(column.is_(None) | is_other)
    return int(session.execute(query).scalar_one())


def read_rows(session: Session, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table in the order of its primary key, read in parts."""
    table = metadata.tables[name]
    dialect = session.get_bind().dialect
    read = [_reader(column) for column in table.columns]
    names = [column.name for column in table.columns]
    query = (
        select(*(_readable(column) for column in table.columns))
        .order_by(*(_in_byte_order(column, dialect) for column in table.primary_key.columns))
        .execution_options(yield_per=_BATCH)
    )
    for row in session.execute(query):
        yield {
            column: convert(value)
            for column, convert, value in zip(names, read, row, strict=True)
            if value is not None
        }


def filled_tables(session: Session) -> Mapping[str, int]:
    """The tables that have rows, besides those that the first migration fills, with the number."""
    found = MetaData()
    found.reflect(session.connection())
    counted = {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in found.sorted_tables
        if table.name not in _SEEDED and table.name != _VERSION_TABLE
    }
    return {name: number for name, number in counted.items() if number}


def insert_rows(session: Session, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Replace the content of all tables by `rows`, pairs of a table and its row.

    The tables are those of the schema that the database has, which may be an older one. The
    sequences of PostgreSQL continue after the greatest number. Raises StoredRowError.
    """
    found = MetaData()
    found.reflect(session.connection())
    for table in reversed(found.sorted_tables):
        if table.name != _VERSION_TABLE:
            session.execute(delete(table))
    number = 0
    for name, group in groupby(rows, key=lambda row: row[0]):
        if name not in found.tables or name == _VERSION_TABLE:
            raise StoredRowError(f"There is no table {name[:60]!r}.", number)
        table = _writable(found.tables[name])
        each = (row for _, row in group)
        while batch := list(islice(each, _BATCH)):
            _insert(session, table, batch, number)
            number += len(batch)
    if session.get_bind().dialect.name == "postgresql":
        _continue_sequences(session, found)


def _insert(
    session: Session, table: Table, batch: Sequence[Mapping[str, Any]], number: int
) -> None:
    values = [_values(table, row, number + position) for position, row in enumerate(batch)]
    try:
        session.execute(insert(table), values)
    except OverflowError:
        message = f"The table {table.name} refuses rows: a number is too large."
        raise StoredRowError(message, number) from None
    except (DataError, IntegrityError) as error:
        reason = str(error.orig).partition("\n")[0][:200]
        raise StoredRowError(f"The table {table.name} refuses rows: {reason}", number) from None


def _values(table: Table, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    unknown = [name for name in row if name not in table.columns]
    if unknown:
        raise StoredRowError(f"The table {table.name} has no column {unknown[0][:60]!r}.", number)
    values: dict[str, Any] = {}
    for column in table.columns:
        stored = row.get(column.name)
        try:
            values[column.name] = _written(column, stored, is_null=column.name not in row)
        except (TypeError, ValueError, binascii.Error):
            message = f"The column {column.name} of {table.name} has a value of another kind."
            raise StoredRowError(message, number) from None
    return values


def _readable(column: Column[Any]) -> Any:  # noqa: ANN401  # an expression
    # As text, a JSON null and NULL differ.
    return cast(column, Text) if _is_json(column) else column


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if _is_json(column):
        return json.loads
    return _as_json


def _as_json(value: Any) -> Any:  # noqa: ANN401  # a value of a column
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _written(column: Column[Any], stored: Any, *, is_null: bool) -> Any:  # noqa: ANN401
    kind = column.type
    if isinstance(kind, JSON):
        return None if is_null else JSON.NULL if stored is None else stored
    if is_null:
        return None
    if isinstance(kind, DateTime):
        return _instant(stored, is_aware=bool(kind.timezone))
    if isinstance(kind, Date):
        return date.fromisoformat(stored)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(stored, validate=True)
    if isinstance(stored, dict | list) or stored is None:
        raise ValueError("a value that only a JSON column can have")
    return stored


def _instant(stored: str, *, is_aware: bool) -> datetime:
    """The value of a column for times; a column of SQLite has no zone and stores UTC."""
    at = datetime.fromisoformat(stored)
    return at if is_aware or at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _writable(table: Table) -> Table:
    """The reflected table, whose JSON columns distinguish NULL from a JSON null."""
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type = JSON(none_as_null=True)
    return table


def _is_json(column: Column[Any]) -> bool:
    kind = column.type
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, JSON)


def _in_byte_order(column: Column[Any], dialect: Dialect) -> Any:  # noqa: ANN401  # an expression
    """The column to order by: texts in the order of their bytes, whatever the locale is."""
    if dialect.name == "postgresql" and column.type.python_type is str:
        return collate(column, "C")
    return column


def _continue_sequences(session: Session, found: MetaData) -> None:
    for table in found.sorted_tables:
        if "id" not in table.columns or table.name == _VERSION_TABLE:
            continue
        quoted = session.get_bind().dialect.identifier_preparer.quote(table.name)
        sequence = session.execute(select(func.pg_get_serial_sequence(quoted, "id"))).scalar_one()
        if sequence is None:
            continue
        greatest = session.execute(select(func.max(table.columns["id"]))).scalar_one()
        session.execute(
            sql("SELECT setval(:sequence, :number, :is_used)"),
            {
                "sequence": sequence,
                "number": greatest or 1,
                "is_used": greatest is not None,
            },
        )
