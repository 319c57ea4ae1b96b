"""Cursor pagination: a cursor encodes the internal id of the last record, or its time and id."""

import base64
import binascii
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from app.domain.errors import InvalidError

__all__ = ["CursorPage", "page_by_time", "page_of"]


class Numbered(Protocol):
    """A row with an internal id."""

    id: int | None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 10

RowT = TypeVar("RowT", bound=Numbered)
FoundT = TypeVar("FoundT")
RecordT = TypeVar("RecordT")


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[RecordT]):
    """One page of a list; `next` is the cursor of the following page, None on the last one."""

    items: tuple[RecordT, ...]
    next: str | None


def page_of(
    rows: Callable[[int | None, int], Sequence[RowT]],
    record: Callable[[RowT], RecordT],
    *,
    cursor: str | None,
    limit: int,
) -> CursorPage[RecordT]:
    """At most `limit` records after `cursor`; `rows(before, size)` fetches them.

    Raises InvalidError when the cursor is not one of ours.
    """
    found = rows(_id_of(cursor), limit + 1)
    shown = found[:limit]
    more = _cursor_before(shown[-1].id) if len(found) > limit and shown else None
    return CursorPage(tuple(record(row) for row in shown), more)


def page_by_time(
    found: Callable[[tuple[datetime, int] | None, int], Sequence[FoundT]],
    place: Callable[[FoundT], tuple[datetime, int]],
    record: Callable[[FoundT], RecordT],
    *,
    cursor: str | None,
    limit: int,
) -> CursorPage[RecordT]:
    """At most `limit` records after `cursor`, the soonest first; `found(after, size)` fetches them,
    `place` returns the sort key of one: its instant and its internal id.

    Raises InvalidError for an invalid cursor.
    """
    shown = found(_place(cursor), limit + 1)
    more = None
    if len(shown) > limit:
        at, number = place(shown[limit - 1])
        more = _encoded(f"after:{(at - _EPOCH) // timedelta(microseconds=1)}:{number}")
    return CursorPage(tuple(record(each) for each in shown[:limit]), more)


def _cursor_before(number: int | None) -> str:
    return _encoded(f"before:{number}")


def _id_of(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    match _decoded(cursor):
        case ["before", number] if number.isdecimal() and len(number) < _DIGITS:
            return int(number)
    raise _unknown_cursor()


def _place(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    match _decoded(cursor):
        case ["after", at, number] if at.isdecimal() and len(at) < 2 * _DIGITS:
            if number.isdecimal() and len(number) < _DIGITS:
                with suppress(OverflowError):
                    return _EPOCH + timedelta(microseconds=int(at)), int(number)
    raise _unknown_cursor()


def _encoded(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> list[str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.urlsafe_b64decode(padded).decode("ascii").split(":")
    except (ValueError, binascii.Error):
        return []


def _unknown_cursor() -> InvalidError:
    return InvalidError(
        "This cursor is not valid; use the value of `next` of the previous page.",
        code="unknown_cursor",
        field="cursor",
    )
