"""Table of counters that only grow, for the metrics of what no row is kept of."""

from sqlalchemy import Float, Text
from sqlmodel import Field

from app.db.base import Row

__all__ = ["CounterRow"]


class CounterRow(Row, table=True):
    """A counter by its name and label, such as `bounces` and `5.1`."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, sa_type=Text)
    label: str = Field(primary_key=True, sa_type=Text)
    value: float = Field(sa_type=Float)
