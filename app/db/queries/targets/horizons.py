"""Queries on stored forecasts and their warnings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_
from sqlmodel import Session, col, select

from app.db.inserts import insert_into
from app.db.tables import ForecastRow, HorizonRow, HorizonWarningRow, TargetRow

__all__ = [
    "HorizonFilter",
    "due",
    "forecasts",
    "list_horizons",
    "list_warnings",
    "next_horizons",
    "record_forecast",
    "replace_horizons",
    "request_forecast",
    "warned_steps",
]

_WATCHED = and_(col(TargetRow.paused_at).is_(None), col(TargetRow.deleted_at).is_(None))


@dataclass(frozen=True, slots=True)
class HorizonFilter:
    """Conditions on horizons; None and False mean no condition. `target` is a public id."""

    target: str | None = None
    until: datetime | None = None
    kind: str | None = None
    warned: bool = False


def request_forecast(session: Session, target_id: int) -> None:
    """Record that the forecast of the target has to be computed again."""
    insert = insert_into(session, ForecastRow).values(
        target_id=target_id, asked=1, answered=0, digest=""
    )
    once_more = {"asked": col(ForecastRow.asked) + 1}
    session.execute(
        insert.on_conflict_do_update(index_elements=[col(ForecastRow.target_id)], set_=once_more)
    )


def due(
    session: Session, digest: str, *, now: datetime, since: datetime, limit: int
) -> Sequence[TargetRow]:
    """Return the watched and probed targets whose forecast is out of date.

    That is so when it was never computed, was requested again, is of other profiles (`digest`), is
    older than `since`, or `next_at` has been reached.
    """
    return session.exec(
        select(TargetRow)
        .outerjoin(ForecastRow, col(ForecastRow.target_id) == col(TargetRow.id))
        .where(
            _WATCHED,
            col(TargetRow.probed_at).is_not(None),
            or_(
                col(ForecastRow.target_id).is_(None),
                col(ForecastRow.asked) != col(ForecastRow.answered),
                col(ForecastRow.digest) != digest,
                col(ForecastRow.judged_at) < since,
                col(ForecastRow.next_at) <= now,
            ),
        )
        .order_by(col(TargetRow.id))
        .limit(limit)
    ).all()


def forecasts(session: Session, target_ids: Iterable[int]) -> dict[int, ForecastRow]:
    """Return the state of the forecasts of these targets, by target."""
    ids = list(target_ids)
    rows = session.exec(select(ForecastRow).where(col(ForecastRow.target_id).in_(ids))).all()
    return {row.target_id: row for row in rows}


def record_forecast(
    session: Session,
    target_id: int,
    *,
    answered: int,
    digest: str,
    now: datetime,
    next_at: datetime | None,
) -> None:
    """Record that the forecast was computed, taking the first `answered` requests into account."""
    known = {"answered": answered, "digest": digest, "judged_at": now, "next_at": next_at}
    insert = insert_into(session, ForecastRow).values(target_id=target_id, asked=answered, **known)
    session.execute(
        insert.on_conflict_do_update(index_elements=[col(ForecastRow.target_id)], set_=known)
    )


def replace_horizons(session: Session, target_id: int, rows: Iterable[HorizonRow]) -> None:
    """Replace the target's horizons."""
    session.execute(delete(HorizonRow).where(col(HorizonRow.target_id) == target_id))
    session.add_all(rows)
    session.flush()


def warned_steps(session: Session, target_id: int) -> dict[str, int]:
    """Return the newest step of the stored warnings, by key of the break."""
    rows = session.exec(
        select(HorizonWarningRow.subject_key, HorizonWarningRow.step).where(
            HorizonWarningRow.target_id == target_id
        )
    ).all()
    steps: dict[str, int] = {}
    for key, step in rows:
        steps[key] = max(step, steps.get(key, step))
    return steps


def list_horizons(
    session: Session, sought: HorizonFilter, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[tuple[HorizonRow, TargetRow]]:
    """Return horizons of watched targets, the soonest first, beyond `after` (instant and id)."""
    query = (
        select(HorizonRow, TargetRow)
        .join(TargetRow, col(TargetRow.id) == col(HorizonRow.target_id))
        .where(_WATCHED, *_conditions(sought))
    )
    if after is not None:
        at, number = after
        later = and_(col(HorizonRow.at) == at, col(HorizonRow.id) > number)
        query = query.where(or_(col(HorizonRow.at) > at, later))
    query = query.order_by(col(HorizonRow.at), col(HorizonRow.id))
    return session.exec(query.limit(limit)).all()


def next_horizons(
    session: Session, targets: Iterable[str]
) -> dict[str, tuple[HorizonRow, TargetRow]]:
    """Return the soonest horizon of each of these targets that is watched, by public id."""
    query = (
        select(HorizonRow, TargetRow)
        .join(TargetRow, col(TargetRow.id) == col(HorizonRow.target_id))
        .where(_WATCHED, col(TargetRow.public_id).in_(list(targets)))
        .order_by(col(HorizonRow.at).desc(), col(HorizonRow.id).desc())
    )
    # The soonest one comes last, and replaces the others.
    return {target.public_id: (horizon, target) for horizon, target in session.exec(query)}


def list_warnings(
    session: Session, *, before: int | None, limit: int
) -> Sequence[tuple[HorizonWarningRow, TargetRow]]:
    """Return the warnings, newest first."""
    query = select(HorizonWarningRow, TargetRow).join(
        TargetRow, col(TargetRow.id) == col(HorizonWarningRow.target_id)
    )
    if before is not None:
        query = query.where(col(HorizonWarningRow.id) < before)
    return session.exec(query.order_by(col(HorizonWarningRow.id).desc()).limit(limit)).all()


def _conditions(sought: HorizonFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sought.until is not None:
        found.append(col(HorizonRow.at) <= sought.until)
    if sought.target is not None:
        found.append(col(TargetRow.public_id) == sought.target)
    if sought.kind is not None:
        found.append(col(HorizonRow.kind) == sought.kind)
    if sought.warned:
        found.append(col(HorizonRow.step).is_not(None))
    return found
