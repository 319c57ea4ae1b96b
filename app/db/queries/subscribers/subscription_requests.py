"""Queries on requests of the subscribe form, and on the mails that were sent because of them."""

import hashlib
from datetime import datetime

from sqlalchemy import case, delete, func, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.tables import RequestedMailRow, SubscriberRow, SubscriptionRequestRow
from app.domain.notifications.states import SubscriberState

__all__ = [
    "count_active",
    "count_of_place",
    "count_since",
    "delete_mails",
    "delete_old_mails",
    "delete_old_requests",
    "forget_address",
    "has_request",
    "lock_count",
    "mails_since",
    "next_request",
]


def lock_count(session: Session, counted: str) -> None:
    """Lock what is counted of a place or an address until the end of the transaction.

    PostgreSQL: without the lock, parallel transactions do not see each other's rows, and each of
    them is below the limit. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.sha256(f"subscription requests {counted}".encode()).digest()
        number = int.from_bytes(digest[:8], signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))


def count_of_place(
    session: Session, place: str, *, day_ago: datetime, lately: datetime
) -> tuple[int, int]:
    """The numbers of requests from a place since `day_ago` and since `lately`."""
    recent = case((col(SubscriptionRequestRow.requested_at) > lately, 1))
    day, few = session.execute(
        select_columns(func.count(), func.count(recent)).where(
            col(SubscriptionRequestRow.place) == place,
            col(SubscriptionRequestRow.requested_at) > day_ago,
        )
    ).one()
    return day, few


def count_since(session: Session, since: datetime, *, ignored: frozenset[str]) -> int:
    """The number of requests since a time, without those with the outcomes `ignored`."""
    outcome = func.coalesce(SubscriptionRequestRow.outcome, "")
    return session.exec(
        select(func.count()).where(
            col(SubscriptionRequestRow.requested_at) > since, outcome.not_in(sorted(ignored))
        )
    ).one()


def count_active(session: Session) -> int:
    """The number of active subscribers."""
    return session.exec(
        select(func.count()).where(col(SubscriberRow.state) == SubscriberState.ACTIVE)
    ).one()


def has_request(session: Session) -> bool:
    """Whether a request waits."""
    waiting = select(SubscriptionRequestRow.id).where(
        col(SubscriptionRequestRow.handled_at).is_(None)
    )
    return session.exec(waiting.limit(1)).first() is not None


def next_request(session: Session) -> SubscriptionRequestRow | None:
    """The oldest request that waits, locked; None when there is none that no other worker has."""
    return session.exec(
        select(SubscriptionRequestRow)
        .where(col(SubscriptionRequestRow.handled_at).is_(None))
        .order_by(col(SubscriptionRequestRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def delete_old_requests(session: Session, before: datetime) -> None:
    """Delete the requests from before a time."""
    session.execute(
        delete(SubscriptionRequestRow).where(col(SubscriptionRequestRow.requested_at) < before)
    )


def forget_address(session: Session, channel: str, address: str, now: datetime) -> None:
    """Remove an address from the requests that wait; nothing is sent because of them."""
    session.execute(
        update(SubscriptionRequestRow)
        .where(
            col(SubscriptionRequestRow.channel) == channel,
            col(SubscriptionRequestRow.address) == address,
        )
        .values(address=None, wishes=None, handled_at=now, outcome="erased")
        .execution_options(synchronize_session=False)
    )


def mails_since(session: Session, mac: str, since: datetime) -> tuple[int, datetime | None]:
    """The number of requested mails to an address since a time, and the time of the latest."""
    number, latest = session.execute(
        select_columns(func.count(), func.max(RequestedMailRow.sent_at)).where(
            col(RequestedMailRow.mac) == mac, col(RequestedMailRow.sent_at) > since
        )
    ).one()
    return number, latest


def delete_mails(session: Session, mac: str) -> None:
    """Forget the requested mails to an address."""
    session.execute(delete(RequestedMailRow).where(col(RequestedMailRow.mac) == mac))


def delete_old_mails(session: Session, before: datetime) -> None:
    """Forget the requested mails from before a time."""
    session.execute(delete(RequestedMailRow).where(col(RequestedMailRow.sent_at) < before))
