"""Cursor pagination: a cursor encodes the internal id of the last record, or its time and id."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from app.domain.errors import InvalidError
from app.domain.validation import check_time

__all__ = ["CursorPage", "check_span", "page_by_key", "page_by_time", "page_of"]


class Numbered(Protocol):
    """A row with an internal id."""

    id: int | None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 10
# The largest integer that SQLite and PostgreSQL can compare with.
_LARGEST = 2**63 - 1

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


def page_by_key(
    found: Callable[[tuple[int, int] | None, int], Sequence[FoundT]],
    key: Callable[[FoundT], tuple[int, int]],
    records: Callable[[Sequence[FoundT]], Iterable[RecordT]],
    *,
    cursor: str | None,
    limit: int,
) -> CursorPage[RecordT]:
    """At most `limit` records after `cursor`; `found(after, size)` fetches them in their order,
    `key` returns the sort key of one: a number, and its internal id.

    Raises InvalidError for an invalid cursor.
    """
    shown = found(_key(cursor), limit + 1)
    more = None
    if len(shown) > limit:
        first, number = key(shown[limit - 1])
        more = _encoded(f"after:{first}:{number}")
    return CursorPage(tuple(records(shown[:limit])), more)


def page_by_time(
    found: Callable[[tuple[datetime, int] | None, int], Sequence[FoundT]],
    place: Callable[[FoundT], tuple[datetime, int]],
    records: Callable[[Sequence[FoundT]], Iterable[RecordT]],
    *,
    cursor: str | None,
    limit: int,
) -> CursorPage[RecordT]:
    """At most `limit` records after `cursor`, by time; `found(after, size)` fetches them in their
    order, `place` returns the sort key of one: its instant and its internal id.

    Raises InvalidError for an invalid cursor.
    """

    def fetched(after: tuple[int, int] | None, size: int) -> Sequence[FoundT]:
        return found(None if after is None else (_instant(after[0]), after[1]), size)

    def key(each: FoundT) -> tuple[int, int]:
        at, number = place(each)
        return (at - _EPOCH) // timedelta(microseconds=1), number

    return page_by_key(fetched, key, records, cursor=cursor, limit=limit)


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Raise InvalidError for a bound without a time zone or outside 1990 to 2199."""
    for field, at in (("since", since), ("until", until)):
        if at is not None:
            check_time(at, field=field)


def _cursor_before(number: int | None) -> str:
    return _encoded(f"before:{number}")


def _id_of(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    match _decoded(cursor):
        case ["before", number] if number.isdecimal() and len(number) < _DIGITS:
            return int(number)
    raise _unknown_cursor()


def _key(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    match _decoded(cursor):
        case ["after", first, number] if first.isdecimal() and len(first) < 2 * _DIGITS:
            if number.isdecimal() and len(number) < _DIGITS and int(first) <= _LARGEST:
                return int(first), int(number)
    raise _unknown_cursor()


def _instant(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _unknown_cursor() from None


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
