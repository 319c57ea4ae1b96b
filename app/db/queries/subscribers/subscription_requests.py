"""Queries on requests of the subscribe form, and on the mails that were sent because of them."""

import hashlib
from datetime import datetime

from sqlalchemy import Subquery, case, delete, func, update
from sqlalchemy import select as select_columns
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.db.tables import RequestedMailRow, SubscriberRow, SubscriptionRequestRow
from app.domain.notifications.states import SubscriberState

__all__ = [
    "count_active",
    "count_handled",
    "count_of_place",
    "count_waiting",
    "delete_mails",
    "delete_old_mails",
    "delete_old_requests",
    "forget_address",
    "has_request",
    "lock_count",
    "mails_since",
    "newest_waiting",
    "next_request",
    "waiting_of_providers",
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


def count_handled(
    session: Session, outcomes: frozenset[str], *, hour_ago: datetime, minute_ago: datetime
) -> tuple[int, int]:
    """The numbers of requests that were handled with these outcomes since two times."""
    recent = case((col(SubscriptionRequestRow.handled_at) > minute_ago, 1))
    hour, minute = session.execute(
        select_columns(func.count(), func.count(recent)).where(
            col(SubscriptionRequestRow.handled_at) > hour_ago,
            col(SubscriptionRequestRow.outcome).in_(sorted(outcomes)),
        )
    ).one()
    return hour, minute


def count_waiting(session: Session) -> int:
    """The number of requests that wait."""
    return session.exec(
        select(func.count()).where(col(SubscriptionRequestRow.handled_at).is_(None))
    ).one()


def waiting_of_providers(session: Session) -> dict[str | None, int]:
    """The numbers of requests that wait, by the network of their provider."""
    provider = col(SubscriptionRequestRow.provider)
    found = session.execute(
        select_columns(provider, func.count())
        .where(col(SubscriptionRequestRow.handled_at).is_(None))
        .group_by(provider)
    )
    return {row[0]: row[1] for row in found}


def newest_waiting(session: Session, provider: str | None) -> SubscriptionRequestRow | None:
    """The newest request from a provider that waits, locked; None if another transaction has it."""
    return session.exec(
        select(SubscriptionRequestRow)
        .where(
            col(SubscriptionRequestRow.handled_at).is_(None),
            col(SubscriptionRequestRow.provider).is_not_distinct_from(provider),
        )
        .order_by(col(SubscriptionRequestRow.id).desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


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


def next_request(
    session: Session, outcomes: frozenset[str], since: datetime
) -> SubscriptionRequestRow | None:
    """The request that is handled next, locked; None when there is none that no other worker has.

    The first one is of the provider, and then of the place, with the fewest requests that were
    handled with these outcomes since a time; among equal ones, it is the oldest. So a network that
    sends many requests delays its own ones, and not those of other networks.
    """
    of_provider = _handled(col(SubscriptionRequestRow.provider), outcomes, since)
    of_place = _handled(col(SubscriptionRequestRow.place), outcomes, since)
    return session.exec(
        select(SubscriptionRequestRow)
        .outerjoin(of_provider, of_provider.c.network == col(SubscriptionRequestRow.provider))
        .outerjoin(of_place, of_place.c.network == col(SubscriptionRequestRow.place))
        .where(col(SubscriptionRequestRow.handled_at).is_(None))
        .order_by(
            func.coalesce(of_provider.c.number, 0),
            func.coalesce(of_place.c.number, 0),
            col(SubscriptionRequestRow.id),
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=SubscriptionRequestRow)
    ).first()


def _handled(
    network: Mapped[str] | Mapped[str | None], outcomes: frozenset[str], since: datetime
) -> Subquery:
    """The numbers of handled requests by a column with a network."""
    return (
        select_columns(network.label("network"), func.count().label("number"))
        .where(
            col(SubscriptionRequestRow.handled_at) > since,
            col(SubscriptionRequestRow.outcome).in_(sorted(outcomes)),
        )
        .group_by(network)
        .subquery()
    )


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
