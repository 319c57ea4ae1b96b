"""Cursor paging, newest first: a cursor names the internal id of the last thing shown."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.domain.errors import InvalidError

__all__ = ["Page", "page_of"]


class Numbered(Protocol):
    """A row with an internal id."""

    id: int | None


RowT = TypeVar("RowT", bound=Numbered)
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


def _closed(number: int | None) -> str:
    return base64.urlsafe_b64encode(f"before:{number}".encode()).decode().rstrip("=")


def _opened(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, _, number = base64.urlsafe_b64decode(padded).decode("ascii").partition(":")
        if name == "before" and number.isdecimal() and len(number) < 10:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise InvalidError(
        "This cursor is not one of ours; take it from `next` of the page before.",
        code="unknown_cursor",
        field="cursor",
    )
