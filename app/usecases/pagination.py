"""Cursor paging: a cursor names the internal id of the last thing shown, or its time as well."""

import base64
import binascii
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from app.domain.errors import InvalidError

__all__ = ["Page", "page_by_time", "page_of"]


class Numbered(Protocol):
    """A row with an internal id."""

    id: int | None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 10

RowT = TypeVar("RowT", bound=Numbered)
FoundT = TypeVar("FoundT")
RecordT = TypeVar("RecordT")


@dataclass(frozen=True, slots=True)
class Page(Generic[RecordT]):
    """Some of a list; `next` is the cursor for what follows, None at the end."""

    items: tuple[RecordT, ...]
    next: str | None


def page_of(
    rows: Callable[[int | None, int], Sequence[RowT]],
    record: Callable[[RowT], RecordT],
    *,
    cursor: str | None,
    limit: int,
) -> Page[RecordT]:
    """At most `limit` records after `cursor`; `rows(before, size)` fetches them.

    Raises InvalidError when the cursor is not one of ours.
    """
    found = rows(_opened(cursor), limit + 1)
    shown = found[:limit]
    more = _closed(shown[-1].id) if len(found) > limit and shown else None
    return Page(tuple(record(row) for row in shown), more)


def page_by_time(
    found: Callable[[tuple[datetime, int] | None, int], Sequence[FoundT]],
    place: Callable[[FoundT], tuple[datetime, int]],
    record: Callable[[FoundT], RecordT],
    *,
    cursor: str | None,
    limit: int,
) -> Page[RecordT]:
    """At most `limit` records after `cursor`, the soonest first; `found(after, size)` fetches them,
    `place` tells where one stands: its instant and its internal id.

    Raises InvalidError when the cursor is not one of ours.
    """
    shown = found(_place(cursor), limit + 1)
    more = None
    if len(shown) > limit:
        at, number = place(shown[limit - 1])
        more = _written(f"after:{(at - _EPOCH) // timedelta(microseconds=1)}:{number}")
    return Page(tuple(record(each) for each in shown[:limit]), more)


def _closed(number: int | None) -> str:
    return _written(f"before:{number}")


def _opened(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    match _read(cursor):
        case ["before", number] if number.isdecimal() and len(number) < _DIGITS:
            return int(number)
    raise _unknown()


def _place(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    match _read(cursor):
        case ["after", at, number] if at.isdecimal() and len(at) < 2 * _DIGITS:
            if number.isdecimal() and len(number) < _DIGITS:
                with suppress(OverflowError):
                    return _EPOCH + timedelta(microseconds=int(at)), int(number)
    raise _unknown()


def _written(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read(cursor: str) -> list[str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.urlsafe_b64decode(padded).decode("ascii").split(":")
    except (ValueError, binascii.Error):
        return []


def _unknown() -> InvalidError:
    return InvalidError(
        "This cursor is not one of ours; take it from `next` of the page before.",
        code="unknown_cursor",
        field="cursor",
    )
