"""Queries on counters."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import CounterRow

__all__ = ["increase", "read_counters"]


def increase(session: Session, amounts: Mapping[tuple[str, str], float]) -> None:
    """Increase counters, by name and label."""
    statement = insert_into(session, CounterRow)
    statement = statement.on_conflict_do_update(
        index_elements=["name", "label"],
        set_={"value": col(CounterRow.value) + statement.excluded.value},
    )
    # In one order: transactions that increase them at one time wait for each other.
    for (name, label), amount in sorted(amounts.items()):
        if amount:
            values = {"name": name, "label": label, "value": amount}
            session.connection().execute(statement, values)


def read_counters(session: Session, name: str) -> Mapping[str, float]:
    """The values of the counters with a name, by label."""
    query = select(CounterRow.label, CounterRow.value).where(CounterRow.name == name)
    return dict(session.exec(query).all())
