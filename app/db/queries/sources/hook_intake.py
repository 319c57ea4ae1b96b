"""Intake of inbound events: the statements that store them, compiled once, for the driver itself.

On PostgreSQL a transaction is two messages: BEGIN with what is read, and what is written with its
COMMIT. Rows travel as JSON: the driver takes 50 microseconds to convert the values of one row.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Dialect, Table, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from app.db.tables import HookEventRow, HookUsageRow

__all__ = ["IntakeChanges", "KeyedEvent", "StoredEvents", "read_stored", "save_changes"]

# A source, by its internal id, and the idempotency key of an event.
KeyedEvent = tuple[int, str]

_EVENTS: Table = getattr(HookEventRow, "__table__")  # noqa: B009  # mypy does not know it
_USAGE: Table = getattr(HookUsageRow, "__table__")  # noqa: B009
# libpq's PQTRANS_IDLE: no transaction is open.
_IDLE = 0


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """What is stored: bytes of a day by source, and public ids and bodies by idempotency key.

    `ids` are those of the public ids asked for that are stored.
    """

    bytes_by_source: Mapping[int, int]
    keyed: Mapping[KeyedEvent, tuple[str, bytes]]
    ids: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class IntakeChanges:
    """What a transaction stores.

    `rows` are new events. `repeats` counts repeated requests by the public id of the first one's
    event. `usage` is the number and the size in bytes of a source's new events on `day`.
    """

    rows: Sequence[Mapping[str, Any]]
    repeats: Mapping[str, int]
    day: date
    usage: Mapping[int, tuple[int, int]]


def read_stored(
    connection: Connection, day: date, keys: Collection[KeyedEvent], ids: Collection[str] = ()
) -> StoredEvents:
    """Wait until no other transaction stores events, and read what is stored by then.

    Transactions wait for each other until the end, so that the quota is exact, and none stores an
    event with a key that another one is storing.
    """
    with _driver_of(connection) as driver:
        return _intake_for(connection.dialect).read_stored(driver, day, keys, ids)


def save_changes(connection: Connection, changes: IntakeChanges, *, commits: bool) -> None:
    """Store what is new; with `commits` the transaction is committed then."""
    with _driver_of(connection) as driver:
        _intake_for(connection.dialect).save(driver, changes, commits=commits)


class _Driver(Protocol):
    """A connection of sqlite3, or of psycopg, which alone has the two attributes."""

    autocommit: bool
    info: Any

    def execute(self, text: str, values: Sequence[Any]) -> Any:  # noqa: ANN401  # a cursor
        ...

    def commit(self) -> None: ...


class _Intake(Protocol):
    """The intake through the driver of one kind of database."""

    def read_stored(
        self, driver: _Driver, day: date, keys: Collection[KeyedEvent], ids: Collection[str]
    ) -> StoredEvents: ...

    def save(self, driver: _Driver, changes: IntakeChanges, *, commits: bool) -> None: ...


class _SqliteIntake:
    """SQLite has one writer at a time, so it needs no lock."""

    def __init__(self, dialect: Dialect) -> None:
        events, usage = _EVENTS.c, _USAGE.c
        self._find_usage = _Statement(
            select(usage.source_id, usage.bytes).where(usage.stored_on == bindparam("day")), dialect
        )
        self._find_key = _Statement(
            select(events.public_id, events.body).where(
                events.source_id == bindparam("source"), events.idempotency_key == bindparam("key")
            ),
            dialect,
        )
        self._find_id = _Statement(
            select(events.public_id).where(events.public_id == bindparam("id")), dialect
        )
        self._add_event = _Statement(
            insert(_EVENTS).values({each.name: bindparam(each.name) for each in _event_columns()}),
            dialect,
        )
        self._count_repeat = _Statement(
            update(_EVENTS)
            .where(events.public_id == bindparam("stored"))
            .values(repeats=events.repeats + bindparam("more")),
            dialect,
        )
        new = sqlite.insert(_USAGE).values({each.name: bindparam(each.name) for each in usage})
        self._add_usage = _Statement(
            new.on_conflict_do_update(
                index_elements=[usage.source_id, usage.stored_on],
                set_={
                    "bytes": usage.bytes + new.excluded.bytes,
                    "events": usage.events + new.excluded.events,
                },
            ),
            dialect,
        )

    def read_stored(
        self, driver: _Driver, day: date, keys: Collection[KeyedEvent], ids: Collection[str]
    ) -> StoredEvents:
        used = driver.execute(*self._find_usage.bound(day=day)).fetchall()
        keyed: dict[KeyedEvent, tuple[str, bytes]] = {}
        for source, key in keys:
            statement = self._find_key.bound(source=source, key=key)
            for public_id, body in driver.execute(*statement):
                keyed[source, key] = (public_id, body)
        found = [
            public_id
            for id in ids
            for (public_id,) in driver.execute(*self._find_id.bound(id=id)).fetchall()
        ]
        return StoredEvents(dict(used), keyed, found)

    def save(self, driver: _Driver, changes: IntakeChanges, *, commits: bool) -> None:
        for row in changes.rows:
            driver.execute(*self._add_event.bound(**row))
        for row in _usage_rows(changes):
            driver.execute(*self._add_usage.bound(**row))
        for row in _repeat_rows(changes):
            driver.execute(*self._count_repeat.bound(**row))
        if commits:
            driver.commit()


class _Statement:
    """A statement in the words of a driver, and what converts its values for it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:  # noqa: ANN401  # of any kind
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names: Sequence[str] = compiled.positiontup
        converters = {
            name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
            for name, parameter in compiled.binds.items()
        }
        self._converters = {name: each for name, each in converters.items() if each is not None}

    def bound(self, **values: Any) -> tuple[str, Sequence[Any]]:  # noqa: ANN401  # of any type
        """The text and the parameters of one execution."""
        for name, convert in self._converters.items():
            values[name] = convert(values[name])
        return self._text, [values[name] for name in self._names]


class _PostgresqlIntake:
    """Only the simple query protocol takes several statements in a message.

    It has no parameters: the driver quotes the JSON.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._cursor_class = dialect.loaded_dbapi.ClientCursor
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('hook-usage', 0))"
        used = "SELECT source_id, bytes FROM hook_usage WHERE stored_on = %(day)s"
        self._find_usage = f"{lock};{used}"
        wanted = "json_to_recordset(%(keys)s) AS wanted (source integer, key text)"
        self._find_keys = (
            f"SELECT source, key, public_id, body FROM {wanted}"  # noqa: S608  # no value is in it
            " JOIN hook_event ON source_id = source AND idempotency_key = key"
        )
        self._find_ids = (
            "SELECT public_id FROM json_array_elements_text(%(ids)s) AS wanted (sought)"
            " JOIN hook_event ON public_id = sought"
        )
        self._save_events = _insert_of(_EVENTS, _event_columns(), "events", dialect)
        self._save_usage = (
            f"{_insert_of(_USAGE, list(_USAGE.c), 'usage', dialect)}"
            " ON CONFLICT (source_id, stored_on) DO UPDATE SET"
            " bytes = hook_usage.bytes + excluded.bytes,"
            " events = hook_usage.events + excluded.events"
        )
        self._count_repeats = (
            "UPDATE hook_event SET repeats = repeats + more"
            " FROM json_to_recordset(%(repeats)s) AS repeated (stored text, more integer)"
            " WHERE public_id = stored"
        )

    def read_stored(
        self, driver: _Driver, day: date, keys: Collection[KeyedEvent], ids: Collection[str]
    ) -> StoredEvents:
        wanted = [{"source": source, "key": key} for source, key in sorted(keys)]
        texts = [self._find_usage]
        texts += [self._find_keys] if keys else []
        texts += [self._find_ids] if ids else []
        values = {"day": day, "keys": _to_json(wanted), "ids": json.dumps(list(ids))}
        used, *found = self._execute(driver, texts, values)[-len(texts) :]
        stored_ids = found.pop() if ids else []
        keyed = {
            (source, key): (public_id, body)
            for rows in found
            for source, key, public_id, body in rows
        }
        return StoredEvents(dict(used), keyed, [public_id for (public_id,) in stored_ids])

    def save(self, driver: _Driver, changes: IntakeChanges, *, commits: bool) -> None:
        parts: dict[str, tuple[str, Sequence[Mapping[str, Any]]]] = {
            "events": (self._save_events, changes.rows),
            "usage": (self._save_usage, _usage_rows(changes)),
            "repeats": (self._count_repeats, _repeat_rows(changes)),
        }
        texts = [text for text, rows in parts.values() if rows]
        texts += ["COMMIT"] if commits else []
        values = {name: _to_json(rows) for name, (_, rows) in parts.items() if rows}
        if texts:
            self._execute(driver, texts, values)

    def _execute(
        self, driver: _Driver, texts: Sequence[str], values: Mapping[str, Any]
    ) -> list[list[Any]]:
        """Send the statements in one message; return the rows that each of them finds."""
        if driver.autocommit and driver.info.transaction_status == _IDLE:
            texts = ["BEGIN", *texts]
        cursor = self._cursor_class(driver)
        cursor.execute(";".join(texts), values)
        return [each.fetchall() if each.description else [] for each in cursor.results()]


def _insert_of(table: Table, columns: Sequence[Column[Any]], name: str, dialect: Dialect) -> str:
    """The INSERT of the rows in a JSON array, with the name of the parameter that has it."""
    names = ", ".join(each.name for each in columns)
    types = ", ".join(f"{each.name} {each.type.compile(dialect)}" for each in columns)
    source = f"json_to_recordset(%({name})s) AS new ({types})"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {source}"  # noqa: S608


def _to_json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_input_form)


def _input_form(value: Any) -> str:  # noqa: ANN401  # what JSON has no form for
    """The form in which PostgreSQL takes bytes, times and dates."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value.isoformat())


def _event_columns() -> list[Column[Any]]:
    return [column for column in _EVENTS.c if not column.primary_key]


def _usage_rows(changes: IntakeChanges) -> list[dict[str, Any]]:
    return [
        {"source_id": source, "stored_on": changes.day, "bytes": size, "events": events}
        for source, (events, size) in sorted(changes.usage.items())
    ]


def _repeat_rows(changes: IntakeChanges) -> list[dict[str, Any]]:
    return [{"stored": id, "more": more} for id, more in sorted(changes.repeats.items())]


@lru_cache(maxsize=4)  # an engine has one dialect
def _intake_for(dialect: Dialect) -> _Intake:
    # Made once: that takes as long as storing twenty events.
    return _PostgresqlIntake(dialect) if dialect.name == "postgresql" else _SqliteIntake(dialect)


@contextmanager
def _driver_of(connection: Connection) -> Iterator[Any]:
    """The driver's connection; its errors become those of SQLAlchemy, as if that had called it."""
    dialect, driver = connection.dialect, connection.connection.driver_connection
    failure: type[Exception] = dialect.loaded_dbapi.Error
    try:
        yield driver
    except failure as error:
        if getattr(driver, "closed", False):
            connection.invalidate(error)
        # Without the parameters, which are what a monitor has sent.
        raise DBAPIError.instance(
            "intake of inbound events",
            None,
            error,
            failure,
            hide_parameters=True,
            dialect=dialect,
        ) from error
