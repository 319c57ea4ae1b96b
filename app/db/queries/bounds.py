"""Bounds: the first time in a column, and the nearest ones around a span, read at once."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, func, select

__all__ = ["Bounds", "read_bounds"]


class Bounds(NamedTuple):
    """The first time of all, the last one before a span, and the first one after it."""

    first: datetime | None
    earlier: datetime | None
    later: datetime | None


def read_bounds(
    session: Session,
    time: Mapped[datetime],
    condition: ColumnElement[bool],
    *,
    before: datetime,
    after: datetime,
) -> Bounds:
    """The bounds of `time` among the rows under the condition, for a span of these two instants.

    One statement, and an index on `time` answers each of its parts.
    """
    first, earlier, later = session.exec(
        select(
            select(func.min(time)).where(condition).scalar_subquery(),
            select(func.max(time)).where(condition, time < before).scalar_subquery(),
            select(func.min(time)).where(condition, time >= after).scalar_subquery(),
        )
    ).one()
    return Bounds(first, earlier, later)
