"""Queries on console sessions, sign-in attempts and one-time links."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, update
from sqlmodel import Session, col, select

from app.db.tables import OneTimeLinkRow, SignInAttemptRow, StaffSessionRow, UserRow

__all__ = [
    "addresses_since",
    "attempts_since",
    "delete_attempts",
    "delete_expired",
    "delete_links",
    "delete_links_of",
    "find_link",
    "find_session",
    "latest_attempt",
    "list_sessions",
    "lock_attempts",
    "session_by_hash",
    "use_link",
]


# Built once: each page of the console begins with it.
_BY_HASH = (
    select(StaffSessionRow, UserRow)
    .where(StaffSessionRow.token_hash == bindparam("token_hash"))
    .where(col(StaffSessionRow.user_id) == col(UserRow.id))
)


def session_by_hash(session: Session, token_hash: str) -> tuple[StaffSessionRow, UserRow] | None:
    """The session with this token hash and its user; expired sessions and disabled users too."""
    found = session.exec(_BY_HASH, params={"token_hash": token_hash}).first()
    return None if found is None else (found[0], found[1])


def find_session(session: Session, public_id: str) -> StaffSessionRow | None:
    """The session with this public id."""
    return session.exec(
        select(StaffSessionRow).where(StaffSessionRow.public_id == public_id)
    ).first()


def list_sessions(session: Session, user_id: int | None) -> Sequence[StaffSessionRow]:
    """A user's sessions, the last seen first."""
    return session.exec(
        select(StaffSessionRow)
        .where(StaffSessionRow.user_id == user_id)
        .order_by(col(StaffSessionRow.last_seen_at).desc(), col(StaffSessionRow.id).desc())
    ).all()


def addresses_since(session: Session, since: datetime) -> Sequence[tuple[int, str]]:
    """The users and addresses of the sessions that began after `since`, each pair once."""
    return session.exec(
        select(StaffSessionRow.user_id, StaffSessionRow.address)
        .where(col(StaffSessionRow.created_at) > since)
        .distinct()
    ).all()


def attempts_since(
    session: Session, since: datetime, *, account: str | None = None, address: str | None = None
) -> tuple[int, datetime | None]:
    """The number of attempts after `since`, and the time of the first one."""
    query = select(func.count(), func.min(col(SignInAttemptRow.at))).where(
        col(SignInAttemptRow.at) > since
    )
    if account is not None:
        query = query.where(SignInAttemptRow.account == account)
    if address is not None:
        query = query.where(SignInAttemptRow.address == address)
    count, first = session.exec(query).one()
    return count, first


def latest_attempt(session: Session, account: str) -> datetime | None:
    """The time of the latest attempt on an account."""
    return session.exec(
        select(func.max(col(SignInAttemptRow.at))).where(SignInAttemptRow.account == account)
    ).one()


def lock_attempts(session: Session, keys: Iterable[str]) -> None:
    """Lock the counts of attempts with these keys until the end of the transaction.

    PostgreSQL: without the lock, parallel transactions do not see each other's attempts, and each
    of them is below the limit. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    # In one order for all transactions, so that no two wait for each other.
    for number in sorted({_lock_number(key) for key in keys}):
        session.execute(select(func.pg_advisory_xact_lock(number)))


def _lock_number(key: str) -> int:
    digest = hashlib.sha256(f"sign-in attempts {key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def delete_attempts(session: Session, account: str, address: str) -> None:
    """Delete the attempts on an account from one IP address, after a successful sign-in."""
    session.execute(
        delete(SignInAttemptRow)
        .where(col(SignInAttemptRow.account) == account)
        .where(col(SignInAttemptRow.address) == address)
    )


def find_link(session: Session, token_hash: str) -> OneTimeLinkRow | None:
    """The link with this hash, used and expired ones too."""
    return session.exec(
        select(OneTimeLinkRow).where(OneTimeLinkRow.token_hash == token_hash)
    ).first()


def use_link(session: Session, link: OneTimeLinkRow, now: datetime) -> bool:
    """Mark the link as used; False when it is used already."""
    done = session.execute(
        update(OneTimeLinkRow)
        .where(col(OneTimeLinkRow.id) == link.id)
        .where(col(OneTimeLinkRow.used_at).is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(done, "rowcount", 0))


def delete_links(
    session: Session, purpose: str, user_id: int | None = None, *, before: datetime | None = None
) -> None:
    """Delete the links of a user for a purpose; without `user_id`, those of no user.

    With `before`, only those that were created before a time.
    """
    query = delete(OneTimeLinkRow).where(
        col(OneTimeLinkRow.purpose) == purpose,
        col(OneTimeLinkRow.user_id).is_(None)
        if user_id is None
        else col(OneTimeLinkRow.user_id) == user_id,
    )
    if before is not None:
        query = query.where(col(OneTimeLinkRow.created_at) < before)
    session.execute(query)


def delete_links_of(session: Session, user_id: int) -> None:
    """Delete every link of a user, whatever its purpose."""
    session.execute(delete(OneTimeLinkRow).where(col(OneTimeLinkRow.user_id) == user_id))


def delete_expired(session: Session, now: datetime, attempts_before: datetime) -> None:
    """Delete expired sessions and links, and attempts before `attempts_before`."""
    session.execute(delete(StaffSessionRow).where(col(StaffSessionRow.expires_at) <= now))
    session.execute(delete(OneTimeLinkRow).where(col(OneTimeLinkRow.expires_at) <= now))
    session.execute(delete(SignInAttemptRow).where(col(SignInAttemptRow.at) < attempts_before))
