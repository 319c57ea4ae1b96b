"""Queries on lanes: which are paused after failures, and their rates."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, or_, update
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import LaneRow

__all__ = ["lock_lane", "reset", "set_rate", "special_lanes"]


_RESET = (
    update(LaneRow)
    .where(col(LaneRow.name).in_(bindparam("names", expanding=True)), col(LaneRow.failures) > 0)
    .values(failures=0, paused_until=None)
)


def special_lanes(session: Session) -> Sequence[LaneRow]:
    """The lanes that have failed since their last success, or have a limited rate."""
    limited = or_(col(LaneRow.failures) > 0, col(LaneRow.rate).is_not(None))
    return session.exec(select(LaneRow).where(limited)).all()


def lock_lane(session: Session, name: str) -> LaneRow:
    """The row of a lane, made when there is none, locked until the transaction ends."""
    session.execute(
        insert_into(session, LaneRow)
        .values(name=name, failures=0)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    query = select(LaneRow).where(LaneRow.name == name).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


def reset(session: Session, names: Collection[str]) -> None:
    """Record that sending through these lanes works again."""
    if names:
        session.connection().execute(_RESET, {"names": list(names)})


def set_rate(session: Session, name: str, rate: float | None) -> None:
    """Limit a lane to `rate` messages a second; None for no limit."""
    row = lock_lane(session, name)
    row.rate = rate
    session.add(row)
