"""Queries of due times: the next instants at which time alone makes a row due.

Each is the earliest instant after `now`, or None. An instant at which a row turns out not to be due
does no harm; one that is missing here would delay the row.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, select

from app.db.queries.outbox.claims import LANES, PRIORITIES, in_state
from app.db.tables import (
    AlertRow,
    DeliveryRow,
    ForecastRow,
    IncidentRow,
    LaneRow,
    PendingTextRow,
    StaffMailRow,
    TargetRow,
)
from app.db.types import UTCDateTime
from app.domain.notifications.states import DeliveryState

__all__ = [
    "next_alert",
    "next_delivery",
    "next_draft",
    "next_forecast",
    "next_pending_text",
    "next_probe",
    "next_staff_mail",
]

_RESOLVED = "resolved"
# An alert is stale when its last event is longer ago than its limit.
_INSTANT = timedelta(microseconds=1)

# One look into ix_delivery_waiting for each lane and Priority: the time comes after them.
_NEXT_DELIVERY = (
    select(
        func.min(
            sqlalchemy_select(func.min(col(DeliveryRow.due_at)))
            .where(
                in_state(DeliveryRow, DeliveryState.WAITING),
                col(DeliveryRow.lane) == LANES.c.lane,
                col(DeliveryRow.priority) == PRIORITIES.c.priority,
                col(DeliveryRow.due_at) > bindparam("now", type_=UTCDateTime),
            )
            .correlate(LANES, PRIORITIES)
            .scalar_subquery()
        )
    )
    .select_from(LANES)
    .join(PRIORITIES, LANES.c.lane.is_not(None))
)


def next_pending_text(session: Session, now: datetime) -> datetime | None:
    """When the undo time of a pending text ends."""
    return session.exec(
        select(func.min(PendingTextRow.due_at)).where(
            col(PendingTextRow.outcome).is_(None), col(PendingTextRow.due_at) > now
        )
    ).one()


def next_draft(session: Session, now: datetime) -> datetime | None:
    """When automation publishes a draft."""
    return session.exec(
        select(func.min(IncidentRow.publish_at)).where(
            col(IncidentRow.published_at).is_(None),
            col(IncidentRow.publish_at) > now,
            col(IncidentRow.deleted_at).is_(None),
        )
    ).one()


def next_alert(session: Session, now: datetime) -> datetime | None:
    """When an alert becomes stale or expires."""
    expires_at = session.exec(
        select(func.min(AlertRow.expires_at)).where(
            AlertRow.state != _RESOLVED, col(AlertRow.expires_at) > now
        )
    ).one()
    candidates = session.exec(
        select(AlertRow.last_seen_at, AlertRow.stale_after_seconds).where(
            AlertRow.state != _RESOLVED,
            col(AlertRow.stale_after_seconds).is_not(None),
            col(AlertRow.stale_at).is_(None),
        )
    ).all()
    stale_at = [at + timedelta(seconds=seconds or 0) + _INSTANT for at, seconds in candidates]
    return _earliest(now, [expires_at, *stale_at])


def next_probe(session: Session, now: datetime) -> datetime | None:
    """When a target is due, or the lease of a worker on one ends."""
    is_watched = (col(TargetRow.paused_at).is_(None), col(TargetRow.deleted_at).is_(None))
    instants = [
        session.exec(select(func.min(column)).where(*is_watched, column > now)).one()
        for column in (col(TargetRow.due_at), col(TargetRow.leased_until))
    ]
    return _earliest(now, instants)


def next_forecast(session: Session, now: datetime) -> datetime | None:
    """When the next instant of a forecast is reached."""
    return session.exec(
        select(func.min(ForecastRow.next_at)).where(col(ForecastRow.next_at) > now)
    ).one()


def next_staff_mail(session: Session, now: datetime) -> datetime | None:
    """When a mail to staff is due, or the lease of a worker on one ends."""
    is_open = col(StaffMailRow.finished_at).is_(None)
    instants = [
        session.exec(select(func.min(column)).where(is_open, column > now)).one()
        for column in (col(StaffMailRow.due_at), col(StaffMailRow.leased_until))
    ]
    return _earliest(now, instants)


def next_delivery(session: Session, now: datetime) -> datetime | None:
    """When a waiting delivery is due, or the pause of a lane ends."""
    due_at = session.execute(_NEXT_DELIVERY, {"now": now}).scalar_one()
    resumed_at = session.exec(
        select(func.min(LaneRow.paused_until)).where(col(LaneRow.paused_until) > now)
    ).one()
    return _earliest(now, [due_at, resumed_at])


def _earliest(now: datetime, instants: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in instants if each is not None and each > now), default=None)
