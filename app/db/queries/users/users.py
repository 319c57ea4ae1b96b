"""Queries on users, API tokens and stored responses."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select

from app.db.snapshot import sent_once
from app.db.tables import IdempotencyRow, TokenRow, UserRow
from app.domain.permissions import Role

__all__ = [
    "all_users",
    "delete_stored_responses",
    "find_stored_response",
    "find_token",
    "find_user",
    "find_user_by_id",
    "has_users",
    "increment_access_version",
    "list_tokens",
    "list_users",
    "lock_admins",
    "lock_user",
    "names_of_person",
    "token_by_hash",
]

# The owner of a row is None when the token has none.
_WITH_OWNER = select(TokenRow, UserRow).join(
    UserRow, col(TokenRow.owner_id) == col(UserRow.id), isouter=True
)
# Built once, for each request to the API: building it takes as long as executing it.
_BY_TOKEN_HASH = _WITH_OWNER.where(col(TokenRow.token_hash) == bindparam("token_hash"))


def find_user(session: Session, email: str) -> UserRow | None:
    """The user with this e-mail address; disabled ones too."""
    return session.exec(select(UserRow).where(UserRow.email == email)).first()


@sent_once
def find_user_by_id(session: Session, public_id: str) -> UserRow | None:
    """The user with this public id, disabled ones too."""
    return session.exec(select(UserRow).where(UserRow.public_id == public_id)).first()


def has_users(session: Session) -> bool:
    """Whether there is a user."""
    return session.exec(select(UserRow.id).limit(1)).first() is not None


def all_users(session: Session) -> Sequence[UserRow]:
    """All users, oldest first."""
    return session.exec(select(UserRow).order_by(col(UserRow.id))).all()


def list_users(
    session: Session, *, part: str | None, before: int | None, limit: int
) -> Sequence[UserRow]:
    """Users, newest first, with internal ids below `before`; `part` is a part of the address."""
    query = select(UserRow)
    if part is not None:
        query = query.where(col(UserRow.email).contains(part, autoescape=True))
    if before is not None:
        query = query.where(col(UserRow.id) < before)
    return session.exec(query.order_by(col(UserRow.id).desc()).limit(limit)).all()


def lock_admins(session: Session) -> Sequence[UserRow]:
    """The active admins, locked: other transactions cannot change them until this one ends."""
    return session.exec(
        select(UserRow)
        .where(UserRow.role == Role.ADMIN.value)
        .where(col(UserRow.disabled_at).is_(None))
        .order_by(col(UserRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def lock_user(session: Session, public_id: str) -> UserRow | None:
    """The user with this public id, locked until the end of the transaction."""
    return session.exec(
        select(UserRow)
        .where(UserRow.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def increment_access_version(session: Session, user: UserRow) -> None:
    """Add 1 to the access version of a user; the row stays locked until the commit."""
    session.flush()
    session.execute(
        update(UserRow)
        .where(col(UserRow.id) == user.id)
        .values(access_version=UserRow.access_version + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(user)


@sent_once
def token_by_hash(session: Session, token_hash: str) -> tuple[TokenRow, UserRow | None] | None:
    """The token with this hash and its owner, revoked tokens and disabled owners too."""
    found = session.exec(_BY_TOKEN_HASH, params={"token_hash": token_hash})
    return next(((token, owner) for token, owner in found), None)


def find_token(session: Session, public_id: str) -> TokenRow | None:
    """The token with this public id."""
    return session.exec(select(TokenRow).where(TokenRow.public_id == public_id)).first()


def list_tokens(session: Session) -> list[tuple[TokenRow, UserRow | None]]:
    """All tokens with their owners, oldest first."""
    found = session.exec(_WITH_OWNER.order_by(col(TokenRow.id))).all()
    return [(token, owner) for token, owner in found]


def find_stored_response(session: Session, actor: str, key: str) -> IdempotencyRow | None:
    """The stored response to a request of this actor with this idempotency key."""
    return session.get(IdempotencyRow, (actor, key))


def delete_stored_responses(session: Session, before: datetime) -> None:
    """Delete the responses that were stored before `before`."""
    session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.created_at) < before))


def names_of_person(session: Session, user_id: str | None) -> list[str]:
    """The names under which a user acts: the e-mail address, and those of the user's tokens."""
    user = None if user_id is None else find_user_by_id(session, user_id)
    if user is None:
        return []
    tokens = session.exec(select(TokenRow).where(TokenRow.owner_id == user.id)).all()
    return [user.email, *(f"{each.name} ({each.public_id})" for each in tokens)]
